// When a certificate is to be renewed, and when a failure may be followed by another attempt. Time and chance are arguments.

const HOUR_MS = 3_600_000

/** From when to when a certificate holds. */
export interface Validity {
  readonly fromMs: number
  readonly toMs: number
}

/** What is remembered of a name beside its certificate, so that neither a restart nor another process forgets it. */
export interface NameState {
  /** Attempts that failed one after another. */
  readonly failures?: number
  /** Nothing is attempted before. */
  readonly notBeforeMs?: number
  /** What the authority said of the certificate with this `id` (RFC 9773). */
  readonly ari?: { readonly id: string; readonly askAtMs: number; readonly renewAtMs?: number }
  /** Renewals one after another that were asked for within a third of a certificate's life. */
  readonly early?: number
  readonly lastError?: string
}

/** The certificate that there is. */
export interface Held extends Validity {
  /** Tells it from others. */
  readonly id: string
}

export type Due = { readonly kind: 'order' } | { readonly kind: 'ask' } | { readonly kind: 'wait'; readonly untilMs: number }

/** What is to be done for a name now. `asks` is whether the authority tells when to renew. */
export function dueFor(nowMs: number, held: Held | undefined, state: NameState, asks: boolean): Due {
  const { notBeforeMs = 0 } = state
  if (notBeforeMs > nowMs) return { kind: 'wait', untilMs: notBeforeMs }
  if (!held) return { kind: 'order' }
  const told = state.ari?.id === held.id ? state.ari : undefined
  if (asks && (!told || told.askAtMs <= nowMs)) return { kind: 'ask' }
  const renewAtMs = told?.renewAtMs ?? twoThirds(held)
  if (renewAtMs <= nowMs) return { kind: 'order' }
  return { kind: 'wait', untilMs: asks ? Math.min(renewAtMs, told!.askAtMs) : renewAtMs }
}

/** Without word of the authority: when two thirds of the life are over. */
export function twoThirds({ fromMs, toMs }: Validity): number {
  return fromMs + ((toMs - fromMs) * 2) / 3
}

/** A time in the window that the authority suggests, each as likely (RFC 9773 §4.2). */
export function timeInWindow({ fromMs, toMs }: Validity, roll: number): number {
  return fromMs + Math.max(0, toMs - fromMs) * roll
}

/** Whether a renewal now comes so early that only the authority can have asked for it. */
export function isEarly(nowMs: number, { fromMs, toMs }: Validity): boolean {
  return nowMs < fromMs + (toMs - fromMs) / 3
}

/** An authority that asks for one early renewal after another is not followed at once any more. */
export function afterEarly(early: number, nowMs: number): number {
  return early < 2 ? 0 : nowMs + Math.min(24, 2 ** (early - 2)) * HOUR_MS
}

/** How often the authority is asked when to renew, unless it says so itself (RFC 9773 §4.3). */
const ASK_EVERY_MS = 6 * HOUR_MS

/** When to ask again: neither every minute nor not for days, whatever it says. */
export function askAgainAt(nowMs: number, retryAfterMs: number | undefined): number {
  return nowMs + Math.min(24 * HOUR_MS, Math.max(60_000, retryAfterMs ?? ASK_EVERY_MS))
}

/** Why an attempt failed: nobody answered and nothing was used up, or the authority said no, which it counts. */
export type FailureKind = 'away' | 'refused'

const DELAYS = { away: { firstMs: 4000, factor: 2, mostMs: HOUR_MS }, refused: { firstMs: 120_000, factor: 3, mostMs: 6 * HOUR_MS } } as const

/** How long to wait after so many failures one after another; `roll` spreads those that failed together over a half more. Never sooner than the authority asks. */
export function retryDelayMs(failures: number, kind: FailureKind, retryAfterMs: number | undefined, roll: number): number {
  const { firstMs, factor, mostMs } = DELAYS[kind]
  return Math.max(retryAfterMs ?? 0, Math.min(mostMs, firstMs * factor ** (failures - 1)) * (1 + roll / 2))
}

/** Whether the end of a certificate is so near that someone should know: less than a fifth of its life, or two weeks, whichever is the shorter. */
export function endsSoon(nowMs: number, { fromMs, toMs }: Validity): boolean {
  return toMs - nowMs < Math.min((toMs - fromMs) / 5, 14 * 24 * HOUR_MS)
}

/** Whether one more may be ordered on demand, by the times at which others were. */
export function mayOrder(nowMs: number, orderedAtMs: readonly number[], perHour: number): boolean {
  return lastHour(nowMs, orderedAtMs).length < perHour
}

export function lastHour(nowMs: number, times: readonly number[]): number[] {
  return times.filter((time) => time > nowMs - HOUR_MS && time <= nowMs)
}
