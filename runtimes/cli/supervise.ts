// Decides what follows the end of a worker process.

/** A worker that has ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: string | null
  readonly livedMs: number
  /** How many of the workers in this place before it ended soon after one another. */
  readonly crashes: number
}

/** What is known of all of them. */
export interface Situation {
  readonly stopping: boolean
  /** Whether one has ever listened: before, nothing is served, and whoever started us wants to know why. */
  readonly everListened: boolean
  /** How many are still there. */
  readonly left: number
}

export type Consequence =
  | { readonly kind: 'wait' }
  | { readonly kind: 'end'; readonly failed: boolean }
  | { readonly kind: 'replace'; readonly afterMs: number; readonly crashes: number }

/** One that has lived for so long was well: what ended it is no fault of its start. */
const SETTLED_MS = 10_000
const FIRST_DELAY_MS = 250
const MOST_DELAY_MS = 30_000

/** The first crash is made good at once, each that soon follows it after twice the time, up to half a minute. */
export function afterEnding({ code, signal, livedMs, crashes }: Ending, { stopping, everListened, left }: Situation): Consequence {
  if (stopping || !everListened) return left > 0 ? { kind: 'wait' } : { kind: 'end', failed: hasFailed({ code, signal }) }
  const inARow = livedMs >= SETTLED_MS ? 0 : crashes
  return { kind: 'replace', afterMs: inARow === 0 ? 0 : Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** (inARow - 1)), crashes: inARow + 1 }
}

/** Whether one that was to stop did not do it well. SIGTERM ends one that has not listened yet. */
export function hasFailed({ code, signal }: Pick<Ending, 'code' | 'signal'>): boolean {
  return code !== 0 && signal !== 'SIGTERM'
}

/** What a person is told of it. */
export function endingText(worker: number, { code, signal }: Ending, afterMs: number): string {
  const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`
  return `worker ${worker} ${how}; another takes its place${afterMs === 0 ? '' : ` in ${afterMs / 1000} s`}`
}
