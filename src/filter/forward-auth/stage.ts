// forwardAuth: asks a service whether a request may pass, and does as it says. Whatever goes wrong refuses.
import { parseRequestKey } from '../../config/request-key.js'
import type { FilterConfig } from '../../config/schema.js'
import { GatewayError } from '../../errors.js'
import type { Exchange } from '../../exchange.js'
import type { PublicFace } from '../../http/hide-origin.js'
import type { Ports } from '../../ports.js'
import { Flights } from '../flights/stage.js'
import { Remembered } from '../remembered.js'
import { withCookies } from '../privately.js'
import { askService, type Said, serviceAt } from '../service/stage.js'
import { PASS, type Pass, type Refusal, type Reply, type Rule, type Verdict } from '../verdict.js'
import { vouchedFields } from '../vouched-fields.js'
import type { RuleWorld } from '../world.js'
import { grantMs, grantOf, relayed } from './answer.js'
import { grantBytes, type Granted } from './grant.js'
import { type KeyPart, questionFields, verdictKey } from './question.js'

type Config = NonNullable<FilterConfig['forwardAuth']>

const DEFAULT_TIMEOUT_MS = 5000
const DEFAULT_MAX_ANSWER_BYTES = 1024 ** 2
const DEFAULT_CACHE_BYTES = 4 * 1024 ** 2

/** What came of a question. */
type Outcome = { readonly kind: 'granted'; readonly granted: Granted; readonly forMs: number } | { readonly kind: 'said'; readonly said: Said } | { readonly kind: 'failed'; readonly error: GatewayError }

export function forwardAuthRule(config: Config, { ports, kept }: RuleWorld): Rule {
  const service = new Service(config, ports)
  const { cache } = config
  if (!cache) return async (exchange) => service.verdict(exchange, await service.ask(exchange, service.fieldsFor(exchange), exchange.signal))
  const { granted, flights } = kept(() => ({ granted: new Remembered<Granted>(cache.maxSize ?? DEFAULT_CACHE_BYTES), flights: new Flights<Outcome>(ports.clock) }))
  const parts = cache.by?.map(keyPart)
  /** Whose client goes away does not take the others along, so its signal has no say. */
  const askForAll = async (exchange: Exchange, fields: readonly string[], key: string): Promise<Outcome> => {
    const outcome = await service.ask(exchange, fields, undefined)
    if (outcome.kind === 'granted' && outcome.forMs > 0) granted.set(key, outcome.granted, ports.clock.nowMs() + outcome.forMs, grantBytes(key, outcome.granted))
    return outcome
  }
  const shared = async (exchange: Exchange, fields: readonly string[], key: string): Promise<Verdict> => {
    const landed = await flights.share(key, () => askForAll(exchange, fields, key), exchange, service.timeoutMs)
    const mine = landed && (!landed.isJoined || isForAll(landed.result)) ? landed.result : await service.ask(exchange, fields, exchange.signal)
    return service.verdict(exchange, mine)
  }
  return (exchange) => {
    const fields = service.fieldsFor(exchange)
    const key = parts ? verdictKey(exchange, parts) : JSON.stringify(fields)
    const known = granted.get(key, ports.clock.nowMs())
    return known ? service.pass(exchange, known) : shared(exchange, fields, key)
  }
}

function keyPart(text: string): KeyPart {
  return parseRequestKey(text) ?? { kind: text as 'method' | 'host' | 'uri' }
}

/** A failure, and a grant that may be remembered, is for others that asked the same; any other answer is about its client. */
function isForAll(outcome: Outcome): boolean {
  return outcome.kind === 'failed' || (outcome.kind === 'granted' && outcome.forMs > 0)
}

/** One service as one filter asks it. */
class Service {
  readonly timeoutMs: number
  readonly #config: Config
  readonly #ports: Ports
  readonly #service
  readonly #hostnames: ReadonlySet<string>
  readonly #asked: readonly string[]
  readonly #copied: ReadonlySet<string>
  readonly #put

  constructor(config: Config, ports: Ports) {
    const { url, copyHeaders = [], requestHeaders = ['authorization', 'cookie'], timeout = DEFAULT_TIMEOUT_MS } = config
    this.timeoutMs = timeout
    this.#config = config
    this.#ports = ports
    this.#service = serviceAt(url)
    this.#hostnames = new Set([this.#service.server.authority.replace(/:\d+$/, '').toLowerCase()])
    this.#asked = requestHeaders.map((name) => name.toLowerCase())
    this.#copied = new Set(copyHeaders.map((name) => name.toLowerCase()))
    this.#put = vouchedFields(copyHeaders)
  }

  fieldsFor(exchange: Exchange): readonly string[] {
    return questionFields(exchange, this.#asked)
  }

  /** Never rejects. */
  async ask(exchange: Exchange, fields: readonly string[], signal: AbortSignal | undefined): Promise<Outcome> {
    const { method = 'GET', maxAnswer = DEFAULT_MAX_ANSWER_BYTES, user, cache } = this.#config
    try {
      const said = await askService({ ...this.#service, method, fields: [...fields, 'X-Request-ID', exchange.id], timeoutMs: this.timeoutMs, maxBytes: maxAnswer, signal }, this.#ports)
      if (said.status > 299) return { kind: 'said', said }
      const granted = grantOf(said, this.#copied, user?.toLowerCase(), this.#face(exchange))
      return { kind: 'granted', granted, forMs: cache ? grantMs(said, granted, cache.ttl) : 0 }
    } catch (cause) {
      const error = cause instanceof GatewayError ? cause : new GatewayError('proxy_internal_error', { message: String(cause), cause })
      if (error.code !== 'client_aborted') this.#ports.observe({ kind: 'service-failed', id: exchange.id, filter: 'forwardAuth', service: this.#service.server.origin, error: error.code, detail: error.message })
      return { kind: 'failed', error }
    }
  }

  verdict(exchange: Exchange, outcome: Outcome): Verdict {
    switch (outcome.kind) {
      case 'granted':
        return this.pass(exchange, outcome.granted)
      case 'said':
        return this.#reply(exchange, outcome.said)
      case 'failed':
        return refusal(outcome.error)
    }
  }

  pass(exchange: Exchange, { lines, user, cookies }: Granted): Pass {
    if (this.#copied.size === 0 && user === undefined && cookies.length === 0) return PASS
    // What the origin is told of a client makes its answer that client's, for the cache too, though nobody has a name.
    const name = user ?? (lines.length > 0 && !exchange.identity ? '' : undefined)
    return {
      kind: 'pass',
      // Also where they are the same: else a route that keeps odd names would bring back a twin of what is vouched for.
      fields: this.#put(exchange.fields, lines),
      ...(name === undefined ? {} : { identity: { by: 'forward-auth' as const, name } }),
      ...(cookies.length === 0 ? {} : { after: (answer) => ({ ...answer, fields: withCookies(answer.fields, cookies) }) }),
    }
  }

  #reply(exchange: Exchange, said: Said): Reply {
    return { kind: 'reply', answer: relayed(said, exchange.method, this.#face(exchange)), reason: `forwardAuth: the service said ${said.status}` }
  }

  /** Cookies of an answer to another client would be for that client's host: what is shared has none. */
  #face({ client }: Exchange): PublicFace | undefined {
    return this.#config.hideOrigin === false ? undefined : { hostnames: this.#hostnames, scheme: client.scheme, host: client.host, stripPrefix: '', addPrefix: '' }
  }
}

function refusal({ code, message }: GatewayError): Refusal {
  return { kind: 'refuse', code, reason: `forwardAuth: ${message}` }
}
