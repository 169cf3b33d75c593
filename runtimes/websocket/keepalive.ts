// Whether both ends of a WebSocket are still there: who says nothing is asked, and who does not answer is given up (RFC 6455 §5.5.2).

export type Side = 'client' | 'server'

/** What is known of one end. */
export interface Pulse {
  /** When it last gave a sign of life. */
  readonly heardMs: number
  /** When it was asked for one since; undefined when it was not. */
  readonly askedMs: number | undefined
}

export type Step = { readonly kind: 'wait'; readonly delayMs: number } | { readonly kind: 'ask' } | { readonly kind: 'silent' }

/** What is to be done about an end: asked when nothing came for the span, given up when nothing came for as long again. */
export function nextStep({ heardMs, askedMs }: Pulse, nowMs: number, spanMs: number): Step {
  const delayMs = (askedMs ?? heardMs) + spanMs - nowMs
  // Timers may come a little early; a wait that is that near its end has ended.
  if (delayMs > 1) return { kind: 'wait', delayMs }
  return { kind: askedMs === undefined ? 'ask' : 'silent' }
}

/** An end that can be asked. */
export interface Peer {
  /** Sends a ping; false when that has to wait, and {@link Keepalive.asked} will tell when it was sent. */
  ask(): boolean
  /** Whether it is being read. What an end says that is held back cannot be heard. */
  isRead(): boolean
}

/** Watches the ends that are given, with one timer. */
export class Keepalive {
  readonly #spanMs: number
  readonly #peers: readonly (readonly [Side, Peer])[]
  readonly #onSilent: (side: Side) => void
  readonly #pulses: Record<Side, Pulse>
  #timer: ReturnType<typeof setTimeout>

  constructor(spanMs: number, peers: Partial<Record<Side, Peer>>, onSilent: (side: Side) => void) {
    this.#spanMs = spanMs
    this.#peers = (['client', 'server'] as const).flatMap((side) => (peers[side] ? [[side, peers[side]] as const] : []))
    this.#onSilent = onSilent
    const pulse = { heardMs: performance.now(), askedMs: undefined }
    this.#pulses = { client: pulse, server: pulse }
    this.#timer = setTimeout(() => this.#look(), spanMs)
  }

  /** Whether a ping of ours waits for an answer of this end. */
  isAsked(side: Side): boolean {
    return this.#pulses[side].askedMs !== undefined
  }

  /** The end has given a sign of life: it has sent something, or taken something that had to wait for it. */
  heard(side: Side): void {
    this.#pulses[side] = { heardMs: performance.now(), askedMs: undefined }
  }

  /** A ping that had to wait was sent. */
  asked(side: Side): void {
    this.#pulses[side] = { ...this.#pulses[side], askedMs: performance.now() }
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #look(): void {
    const nowMs = performance.now()
    let delayMs = this.#spanMs
    for (const [side, peer] of this.#peers) {
      if (!peer.isRead()) this.heard(side)
      const step = nextStep(this.#pulses[side], nowMs, this.#spanMs)
      if (step.kind === 'silent') return this.#onSilent(side)
      if (step.kind === 'ask' && peer.ask()) this.asked(side)
      if (step.kind === 'wait') delayMs = Math.min(delayMs, step.delayMs)
    }
    this.#timer = setTimeout(() => this.#look(), delayMs)
  }
}

/** The code that tells both ends why they are closed: the client is gone, or the server is out of order (RFC 6455 §7.4.1). */
export const SILENT_CODE: Readonly<Record<Side, number>> = { client: 1001, server: 1011 }
export const SILENT_REASON = 'no answer to a ping'
