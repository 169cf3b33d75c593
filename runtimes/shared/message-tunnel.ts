// An upgraded connection as messages, for runtimes that give a WebSocket and not its bytes: what one end gets the other sends.
import { GatewayError } from '../../src/index.js'
import type { Tunnel } from '../../src/adapter.js'
import { Watchdog } from './watchdog.js'

export type Message = string | ArrayBuffer | Uint8Array

export type Side = 'client' | 'server'

/** One end, as its runtime lets it be worked. */
export interface MessageEnd {
  send(message: Message): void
  /** Bytes that were given and are not sent. */
  buffered(): number
  /** Says goodbye; without a code where there is to be none. */
  close(code: number | undefined, reason: string): void
  /** Breaks off; where the runtime has no means to, says goodbye in words of its own. */
  terminate(): void
  /** Absent where the runtime does not let it. */
  readonly ping?: ((data: ArrayBuffer | Uint8Array) => void) | undefined
  /** Stops reading until `resume`; absent where the runtime reads without end. */
  readonly flow?: { pause(): void; resume(): void } | undefined
}

/** Above so many unsent bytes the other end is not read; below the lower mark it is again. */
const HIGH_MARK = 1024 * 1024
const LOW_MARK = 128 * 1024
/** How often an end that takes no more is looked at: not every runtime tells when it does again. */
const LOOK_AGAIN_MS = 10
/** Unsent bytes at which a connection is ended whose sender cannot be stopped. One message may be larger. */
const MAX_BUFFERED = 16 * 1024 * 1024
/** How long an end may take to answer a goodbye. */
const GOODBYE_MS = 5000

/**
 * Both ends of the connection. The server's is open when this is made; what it says is kept until the client has joined.
 * When one end closes so does the other, with the same code; when one breaks, or nothing passes for the idle time, both are broken off.
 */
export class MessageTunnel implements Tunnel {
  /** Resolves when both ends are closed, or given up. */
  readonly ended: Promise<void>
  readonly #ends: { server: MessageEnd; client?: MessageEnd }
  readonly #watchdog: Watchdog
  readonly #closed = new Set<Side>()
  readonly #paused = new Map<Side, { timer: ReturnType<typeof setTimeout>; buffered: number }>()
  #early: Message[] = []
  #earlyBytes = 0
  /** What the server closed with before the client had joined. */
  #earlyClose: { readonly code: number; readonly reason: string } | undefined
  #state: 'open' | 'closing' | 'over' = 'open'
  #tellEnded: () => void = () => {}

  constructor(server: MessageEnd, idleMs: number) {
    this.ended = new Promise((resolve) => (this.#tellEnded = resolve))
    this.#ends = { server }
    this.#watchdog = new Watchdog(() => this.cancel())
    this.#watchdog.wait('client_timeout', idleMs)
  }

  /** Gives it the client's end, open. */
  join(client: MessageEnd): void {
    if (this.#state === 'over') return client.terminate()
    this.#ends.client = client
    for (const message of this.#early) client.send(message)
    this.#early = []
    this.#earlyBytes = 0
    if (this.#earlyClose) this.#goodbye(client, this.#earlyClose.code, this.#earlyClose.reason)
  }

  /** An end has a message. */
  message(from: Side, message: Message): void {
    if (this.#state !== 'open') return
    this.#watchdog.moved()
    const to = this.#ends[other(from)]
    const flow = this.#ends[from]?.flow
    // Without a means to stop the sender, a receiver that is slower than it would take all the memory there is.
    if (!flow && this.#buffered(other(from)) > MAX_BUFFERED) return this.cancel()
    if (to) to.send(message)
    else {
      this.#early.push(message)
      this.#earlyBytes += sizeOf(message)
    }
    if (flow && this.#buffered(other(from)) > HIGH_MARK) this.#pause(from)
  }

  /** An end was pinged; its runtime has answered. */
  ping(from: Side, data: ArrayBuffer | Uint8Array): void {
    if (this.#state !== 'open') return
    this.#watchdog.moved()
    this.#ends[other(from)]?.ping?.(data)
  }

  /** An end has closed, or has broken: 1006, 1015, or no code at all. */
  closed(from: Side, code: number, reason: string): void {
    this.#closed.add(from)
    if (this.#closed.size === 2) return this.#end()
    if (this.#state !== 'open') return
    this.#state = 'closing'
    const to = this.#ends[other(from)]
    if (to) this.#goodbye(to, code, reason)
    else this.#earlyClose = { code, reason }
  }

  /** Breaks both ends off. */
  cancel(): void {
    if (this.#state === 'over') return
    this.#end()
    this.#ends.server.terminate()
    this.#ends.client?.terminate()
  }

  #goodbye(end: MessageEnd, code: number, reason: string): void {
    this.#resumeAll()
    this.#watchdog.wait('client_timeout', GOODBYE_MS)
    if (code < 1000 || code === 1006 || code === 1015) end.terminate()
    else if (code === 1005) end.close(undefined, '')
    else end.close(code, reason)
  }

  #buffered(side: Side): number {
    return this.#ends[side]?.buffered() ?? this.#earlyBytes
  }

  #pause(side: Side): void {
    if (this.#paused.has(side)) return
    this.#ends[side]?.flow?.pause()
    this.#watch(side)
  }

  #watch(side: Side): void {
    this.#paused.set(side, { buffered: this.#buffered(other(side)), timer: setTimeout(() => this.#lookAgain(side), LOOK_AGAIN_MS) })
  }

  #lookAgain(side: Side): void {
    const before = this.#paused.get(side)?.buffered ?? 0
    const now = this.#buffered(other(side))
    if (now < before) this.#watchdog.moved()
    if (now > LOW_MARK) return this.#watch(side)
    this.#paused.delete(side)
    this.#ends[side]?.flow?.resume()
  }

  #resumeAll(): void {
    for (const [side, { timer }] of this.#paused) {
      clearTimeout(timer)
      if (!this.#closed.has(side)) this.#ends[side]?.flow?.resume()
    }
    this.#paused.clear()
  }

  #end(): void {
    this.#state = 'over'
    this.#watchdog.stop()
    this.#resumeAll()
    this.#early = []
    this.#tellEnded()
  }
}

/** There is one transport, and beside a strict listener it is the strict one's, which gives bytes. */
const OTHER_FORM = 'A "native" listener cannot carry WebSocket beside a "strict" one.'

/** The upgraded connections of a listener. */
export class OpenTunnels {
  readonly #open = new Set<MessageTunnel>()
  #draining = false

  /** The connection behind an answer, for the listener to join; one that it cannot join is given up, and the error says why. */
  take(tunnel: Tunnel): MessageTunnel | GatewayError {
    const messages = tunnel instanceof MessageTunnel
    if (!messages || this.#draining) {
      tunnel.cancel()
      return messages ? new GatewayError('shutting_down') : new GatewayError('not_implemented', { detail: OTHER_FORM })
    }
    this.#open.add(tunnel)
    void tunnel.ended.then(() => this.#open.delete(tunnel))
    return tunnel
  }

  /** Lets them end by themselves until `timeoutMs` has passed, then breaks them off. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true
    const deadline = setTimeout(() => {
      for (const tunnel of this.#open) tunnel.cancel()
    }, timeoutMs)
    await Promise.all([...this.#open].map((tunnel) => tunnel.ended))
    clearTimeout(deadline)
  }
}

function other(side: Side): Side {
  return side === 'client' ? 'server' : 'client'
}

/** Near enough for a bound: a character counts as one byte. */
function sizeOf(message: Message): number {
  return typeof message === 'string' ? message.length : message.byteLength
}
