// Sends a second attempt beside one that is slow to be answered. The first head wins, and the other attempt is given up.
import type { AttemptLease } from '../../balancer.js'
import { GatewayError } from '../../errors.js'
import type { Answer, Clock } from '../../ports.js'

type Outcome = Answer | GatewayError

/** What the attempt loop lends to a race. */
export interface Course {
  send(lease: AttemptLease, signal: AbortSignal): Promise<Outcome>
  /** A place at a server for the second attempt, if there may be one. Asked once at most. */
  another(): AttemptLease | undefined
  /** Whether the other attempt, while it is under way, may do better than this outcome. */
  isFailure(outcome: Outcome): boolean
  /** Is told of an attempt that failed while the other was under way. */
  onFailure(lease: AttemptLease, outcome: Outcome): void
}

/** How a race ended. */
export interface Finish {
  /** Whose server answered, or failed last. */
  readonly lease: AttemptLease
  readonly outcome: Outcome
  /** That of the second attempt, if one was made. */
  readonly second: AttemptLease | undefined
}

/**
 * Gives the first answer. The second attempt is made after the delay, or never where there is none. An attempt that
 * fails while the other is under way leaves it to that one. `signal` is aborted when nobody waits any more.
 */
export async function race(course: Course, lease: AttemptLease, delayMs: number | undefined, signal: AbortSignal | undefined, clock: Clock): Promise<Finish> {
  const first = new Run(course, lease, signal)
  const isSlow = delayMs !== undefined && (await takesLonger(first, delayMs, clock))
  const other = isSlow ? course.another() : undefined
  if (!other) return { lease, outcome: await first.outcome, second: undefined }
  const second = new Run(course, other, signal)
  await Promise.race([first.outcome, second.outcome])
  const [winner, loser] = first.ended ? [first, second] : [second, first]
  const outcome = await winner.outcome
  if (!course.isFailure(outcome)) {
    loser.giveUp()
    return { lease: winner.lease, outcome, second: other }
  }
  course.onFailure(winner.lease, outcome)
  discard(outcome)
  return { lease: loser.lease, outcome: await loser.outcome, second: other }
}

async function takesLonger(run: Run, limitMs: number, clock: Clock): Promise<boolean> {
  const timer = new AbortController()
  await Promise.race([run.outcome, clock.sleep(limitMs, timer.signal)])
  timer.abort()
  return !run.ended
}

/** One attempt, which can be given up without the other. */
class Run {
  readonly lease: AttemptLease
  readonly outcome: Promise<Outcome>
  ended = false
  readonly #abort = new AbortController()

  constructor(course: Course, lease: AttemptLease, signal: AbortSignal | undefined) {
    this.lease = lease
    if (signal?.aborted) this.#abort.abort()
    else signal?.addEventListener('abort', () => this.#abort.abort(), { once: true })
    this.outcome = course.send(lease, this.#abort.signal).then((outcome) => {
      this.ended = true
      return outcome
    })
  }

  /** Closes its connection, however far it has come. */
  giveUp(): void {
    this.#abort.abort()
    void this.outcome.then(discard)
  }
}

function discard(outcome: Outcome): void {
  if (!(outcome instanceof GatewayError)) outcome.body?.cancel()
}
