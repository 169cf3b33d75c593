// What origins have said about the queries of their paths: learnt from answers, used for the requests after them.
import { searchOf, type SearchRule } from './query.js'

/** Paths that are remembered; the oldest go first. A path that was forgotten is learnt again. */
const MAX_PATHS = 10_000

export class Searches {
  readonly #rules = new Map<string, SearchRule>()

  get isEmpty(): boolean {
    return this.#rules.size === 0
  }

  /** The target under which an answer is kept. */
  keyOf(origin: string, target: string): string {
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    const rule = this.#rules.get(origin + path)
    // Some origins divide parameters by semicolons too, and would find one more in what the rule ignores.
    if (!rule || target.includes(';')) return target
    const search = searchOf(mark < 0 ? '' : target.slice(mark + 1), rule)
    return search === '' ? path : `${path}?${search}`
  }

  /** Takes what an answer says in place of what was known of its path. */
  learn(origin: string, target: string, rule: SearchRule | undefined): void {
    const key = origin + target.split('?', 1)[0]!
    this.#rules.delete(key)
    if (!rule) return
    this.#rules.set(key, rule)
    if (this.#rules.size > MAX_PATHS) this.#rules.delete(this.#rules.keys().next().value!)
  }
}
