// One of the places of a key: taken when a request passes, given back once, when its answer is over.
import { BytesPayload } from '../../http/payload.js'
import { WatchedEnd } from '../../http/watched-end.js'
import type { Answer } from '../../ports.js'

/** How many places are taken, by key. Keys without any are not in it. */
export type Taken = Map<string, number>

/** A place of a key, taken from now on. */
export class Place {
  readonly #taken: Taken
  readonly #key: string
  readonly #signal: AbortSignal | undefined
  #given = false

  /** `signal` is aborted when the client goes away. */
  constructor(taken: Taken, key: string, signal: AbortSignal | undefined) {
    this.#taken = taken
    this.#key = key
    this.#signal = signal
    taken.set(key, (taken.get(key) ?? 0) + 1)
  }

  /** What becomes of the answer: the place is given back when it is over, or at once where nothing of it is still to come. */
  readonly after = (answer: Answer): Answer => {
    const { body, tunnel } = answer
    const open = tunnel ?? (body instanceof BytesPayload ? undefined : body)
    if (!open || this.#signal?.aborted) {
      this.#giveBack()
      return answer
    }
    // A body that nobody asks for more does not find out on every runtime that its client is gone.
    this.#signal?.addEventListener('abort', this.#giveBack)
    if (open.onEnd) open.onEnd(this.#giveBack)
    else return { ...answer, body: new WatchedEnd(body!, this.#giveBack) }
    return answer
  }

  readonly #giveBack = (): void => {
    if (this.#given) return
    this.#given = true
    this.#signal?.removeEventListener('abort', this.#giveBack)
    const left = this.#taken.get(this.#key)! - 1
    if (left === 0) this.#taken.delete(this.#key)
    else this.#taken.set(this.#key, left)
  }
}
