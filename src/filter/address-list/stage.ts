// Keeps a list of addresses from a file or a web server: each good one replaces the one before, and a bad one or none changes nothing.
import { GatewayError } from '../../errors.js'
import { networkFinder } from '../../http/networks.js'
import type { Ports } from '../../ports.js'
import { parseAddressList } from './parse.js'

const MAX_BYTES = 64 * 1024 ** 2
const LEAST_PAUSE_MS = 1000
const DEFAULT_REFRESH_MS = 5 * 60_000

/** Where the list stands, and how often it is read. */
export interface ListSource {
  readonly url: string
  readonly refresh?: number | undefined
}

type Effects = Pick<Ports, 'clock' | 'observe'> & { readonly read: NonNullable<Ports['read']> }

/** The last good list. */
export class AddressList {
  readonly #source: ListSource
  readonly #effects: Effects
  #text: string | undefined
  #find: ((address: string) => number | undefined) | undefined
  #first: Promise<void> | undefined
  #askedMs = -Infinity

  constructor(source: ListSource, effects: Effects) {
    this.#source = source
    this.#effects = effects
  }

  /** Whether there has been a good list. */
  get isThere(): boolean {
    return this.#find !== undefined
  }

  /** Whether the list has the address. Throws while there is no list. */
  holds(address: string): boolean {
    if (!this.#find) throw new GatewayError('proxy_internal_error', { message: `there is no list from ${this.#source.url} yet` })
    return this.#find(address) !== undefined
  }

  /** Reads the list for requests that cannot be judged without it, once for all that wait and once a second at most. Never rejects. */
  first(): Promise<void> {
    if (this.#first) return this.#first
    const nowMs = this.#effects.clock.nowMs()
    if (nowMs - this.#askedMs < LEAST_PAUSE_MS) return Promise.resolve()
    this.#askedMs = nowMs
    return (this.#first = this.#read(new AbortController().signal).finally(() => (this.#first = undefined)))
  }

  /** Reads it again and again until the signal is aborted. Never rejects. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await (this.#find ? this.#read(signal) : this.first())
      await this.#effects.clock.sleep(this.#source.refresh ?? DEFAULT_REFRESH_MS, signal)
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { url } = this.#source
    try {
      const text = await this.#effects.read(url, signal, MAX_BYTES)
      if (text === this.#text) return
      const ranges = parseAddressList(text)
      if (typeof ranges === 'string') throw new Error(ranges)
      this.#find = networkFinder(ranges)
      this.#text = text
    } catch (error) {
      if (!signal.aborted) this.#effects.observe({ kind: 'list-failed', url, detail: error instanceof Error ? error.message : String(error) })
    }
  }
}
