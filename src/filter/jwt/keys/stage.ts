// Has the keys of an issuer at hand: asks for them, one question at a time, and keeps the last good ones.
import { keysFor, keySetOf, type PublicKey } from '../../../config/key-set.js'
import { GatewayError } from '../../../errors.js'
import type { Exchange } from '../../../exchange.js'
import type { Ports } from '../../../ports.js'
import { askService, serviceAt, type ServiceAddress } from '../../service/stage.js'
import { type KeyLimits, keyUse, mayAskForUnknown } from '../freshness.js'

/** Keys that may have signed a token, and the version of the set that they are of. */
export interface FoundKeys {
  readonly keys: readonly PublicKey[]
  readonly version: number
}

/** Finds the keys that may have signed a token. */
export interface KeySource {
  /** Undefined where there are no keys at hand. */
  readonly find: (algorithm: string, id: string | undefined, exchange: Exchange) => Promise<FoundKeys | undefined>
  /** Looks after the keys though nobody needs one; for requests whose token is known already. */
  readonly tend: (exchange: Exchange) => void
  /** Another number for other keys. */
  readonly version: () => number
}

/** Keys that never change. */
export function fixedKeys(keys: readonly PublicKey[]): KeySource {
  return { find: (algorithm, id) => Promise.resolve({ keys: keysFor(keys, algorithm, id), version: 0 }), tend: () => {}, version: () => 0 }
}

const LIMITS = { coolDownMs: 30_000, retryMs: 5_000, staleMs: 86_400_000 }
const TIMEOUT_MS = 5_000
const MAX_BYTES = 512 * 1024
/** Longer than any question takes: one that is still under way then was lost with its request. */
const LOST_MS = 2 * TIMEOUT_MS

/** Keys that somebody publishes at a URL. */
export class PublishedKeys implements KeySource {
  readonly #service: ServiceAddress
  readonly #limits: KeyLimits
  readonly #effects: Pick<Ports, 'transport' | 'clock' | 'observe'>
  #keys: readonly PublicKey[] = []
  #text = ''
  #version = 0
  #gotMs: number | undefined
  #askedMs: number | undefined
  #failed = false
  #asking: Promise<void> | undefined

  constructor(url: string, refreshMs: number, effects: Pick<Ports, 'transport' | 'clock' | 'observe'>) {
    this.#service = serviceAt(url)
    this.#limits = { ...LIMITS, refreshMs }
    this.#effects = effects
  }

  version = (): number => this.#version

  find = async (algorithm: string, id: string | undefined, exchange: Exchange): Promise<FoundKeys | undefined> => {
    const nowMs = this.#effects.clock.nowMs()
    const use = keyUse(this.#times, nowMs, this.#limits)
    if (use === 'ask') await this.#ask(exchange)
    else if (use === 'use-and-ask') void this.#ask(exchange)
    if (use === 'fail' || this.#gotMs === undefined || nowMs - this.#gotMs > this.#limits.staleMs) return undefined
    const found = this.#find(algorithm, id)
    if (found.keys.length > 0 || (!this.#asking && !mayAskForUnknown(this.#times, nowMs, this.#limits))) return found
    await this.#ask(exchange)
    return this.#find(algorithm, id)
  }

  tend = (exchange: Exchange): void => {
    const use = keyUse(this.#times, this.#effects.clock.nowMs(), this.#limits)
    if (use === 'ask' || use === 'use-and-ask') void this.#ask(exchange)
  }

  #find(algorithm: string, id: string | undefined): FoundKeys {
    return { keys: keysFor(this.#keys, algorithm, id), version: this.#version }
  }

  get #times() {
    return { gotMs: this.#gotMs, askedMs: this.#askedMs, failed: this.#failed }
  }

  /** Never rejects. Everybody who comes meanwhile waits for the same question. */
  #ask(exchange: Exchange): Promise<void> {
    const nowMs = this.#effects.clock.nowMs()
    if (this.#asking && nowMs - this.#askedMs! < LOST_MS) return this.#asking
    this.#askedMs = nowMs
    const asking = this.#question(exchange.id, nowMs).then(() => {
      if (this.#asking === asking) this.#asking = undefined
    })
    this.#asking = asking
    exchange.background(asking)
    return asking
  }

  async #question(id: string, nowMs: number): Promise<void> {
    try {
      const fields = ['User-Agent', 'fetchgate', 'Accept', 'application/jwk-set+json, application/json', 'Accept-Encoding', 'identity']
      const { status, bytes } = await askService({ ...this.#service, method: 'GET', fields, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }, this.#effects)
      if (status !== 200) throw new GatewayError('http_protocol_error', { message: `status ${status}` })
      this.#accept(new TextDecoder().decode(bytes), nowMs)
    } catch (error) {
      this.#failed = true
      const { code, message } = error instanceof GatewayError ? error : new GatewayError('http_protocol_error', { message: String(error) })
      this.#effects.observe({ kind: 'service-failed', id, filter: 'jwt', service: this.#service.server.origin, error: code, detail: `${message}; ${this.#gotMs === undefined ? 'there are no keys' : 'the last keys stay'}` })
    }
  }

  #accept(text: string, nowMs: number): void {
    const keys = keySetOf(JSON.parse(text))
    if (typeof keys === 'string') throw new GatewayError('http_protocol_error', { message: `the answer ${keys}` })
    this.#failed = false
    this.#gotMs = nowMs
    if (text === this.#text) return
    this.#text = text
    this.#keys = keys
    this.#version++
  }
}
