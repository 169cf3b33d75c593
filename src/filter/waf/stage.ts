// waf: requests and answers are looked at by rules in SecLang, such as the OWASP Core Rule Set.
import type { FilterConfig } from '../../config/schema.js'
import { type ErrorCode, GatewayError } from '../../errors.js'
import type { Exchange } from '../../exchange.js'
import type { Firewall, Inspected, Stop } from '../../firewall.js'
import { bytesAsText } from '../../http/bytes-as-text.js'
import { fieldValue } from '../../http/fields.js'
import type { Payload } from '../../http/payload.js'
import type { Answer, Clock } from '../../ports.js'
import { PASS, type Refusal, type Reply, type Rule, type Verdict } from '../verdict.js'
import type { RuleWorld } from '../world.js'
import { gather } from './gathered/stage.js'
import { inspectedAnswer, inspectedRequest } from './view.js'

type WafConfig = NonNullable<FilterConfig['waf']>

const CODES: Readonly<Record<number, ErrorCode>> = { 400: 'http_request_error', 401: 'authentication_required', 404: 'no_route', 408: 'client_timeout', 413: 'content_too_large', 414: 'uri_too_long', 429: 'too_many_requests', 431: 'header_section_size' }

/** Refuses what rules want refused; in `detect` it only tells. */
export function wafRule(config: WafConfig, { ports: { firewall: open, clock }, fault, watch }: RuleWorld): Rule {
  if (!open) {
    fault(['rules'], config.rules, 'cannot be read on this platform; give the gateway rules of a module (`firewalls` of fetchgate/waf) as its port `firewall`')
    return () => PASS
  }
  const firewall = open(config)
  if ('faults' in firewall) {
    for (const { keys, value, message } of firewall.faults) fault(keys, value, message)
    return () => PASS
  }
  watch((signal) => void prepare(firewall, clock, signal))
  return (exchange) => {
    const guarded = new Guarded(exchange, firewall, clock)
    const stop = guarded.inspected.head()
    if (stop) return guarded.stopped(stop)
    const { body } = exchange
    return body && guarded.inspected.wantsBody ? guarded.withBody(body) : guarded.afterBody(undefined, PASS)
  }
}

/** Between requests, a little at a time. */
async function prepare({ preparations }: Firewall, clock: Clock, signal: AbortSignal): Promise<void> {
  for (const step of preparations) {
    if (signal.aborted) return
    step()
    await clock.sleep(0, signal)
  }
}

/** One request on its way past the rules. */
class Guarded {
  readonly inspected: Inspected
  readonly #exchange: Exchange
  readonly #firewall: Firewall
  readonly #clock: Clock

  constructor(exchange: Exchange, firewall: Firewall, clock: Clock) {
    this.inspected = firewall.begin(inspectedRequest(exchange))
    this.#exchange = exchange
    this.#firewall = firewall
    this.#clock = clock
  }

  /** What is looked at is what goes on: the same bytes, whole. */
  async withBody(body: Payload): Promise<Verdict> {
    const { maxRequestBody } = this.#firewall
    const tooLarge = (): Refusal => ({ kind: 'refuse', code: 'content_too_large', reason: `waf: body of more than ${maxRequestBody} bytes` })
    if (body.length !== undefined && body.length > maxRequestBody) return this.#ended(tooLarge(), 413)
    const gathered = await gather(body, maxRequestBody)
    if (!gathered.whole || gathered.bytes.byteLength > maxRequestBody) {
      gathered.body.cancel()
      return this.#ended(tooLarge(), 413)
    }
    return this.afterBody(bytesAsText(gathered.bytes), { kind: 'pass', body: gathered.body })
  }

  afterBody(body: string | undefined, pass: Verdict & { readonly kind: 'pass' }): Verdict {
    const stop = this.inspected.body(body)
    return stop ? this.stopped(stop, pass) : { ...pass, after: (answer) => this.#answered(answer) }
  }

  stopped(stop: Stop, pass: Verdict = PASS): Verdict {
    if (stop.kind === 'allow') return { ...pass, after: (answer: Answer) => this.#settled(answer) } as Verdict
    if (stop.kind === 'redirect') return this.#ended({ kind: 'reply', answer: { status: 302, fields: ['Location', stop.to, 'Content-Length', '0'], body: undefined }, reason: `waf: ${stop.reason}` }, 302)
    const code = CODES[stop.status] ?? 'http_request_denied'
    return this.#ended({ kind: 'refuse', code, reason: `waf: ${stop.reason}` }, CODES[stop.status] ? stop.status : 403)
  }

  #ended<T extends Refusal | Reply>(verdict: T, status: number): T {
    this.#end(status)
    return verdict
  }

  async #answered(answer: Answer): Promise<Answer> {
    if (!this.#firewall.inspectsAnswers || answer.tunnel) return this.#settled(answer)
    const looked = answer.body && this.inspected.wantsAnswerBody(fieldValue(answer.fields, 'content-type') ?? '') ? await gather(answer.body, this.#firewall.maxAnswerBody) : undefined
    const stop = this.inspected.answer(inspectedAnswer(answer, looked?.bytes.subarray(0, this.#firewall.maxAnswerBody)))
    const whole = looked ? { ...answer, body: looked.body } : answer
    if (!stop || stop.kind === 'allow') return this.#settled(whole)
    whole.body?.cancel()
    this.#end(403)
    this.#exchange.notes.filter = 'waf'
    throw new GatewayError('http_request_denied', { message: `waf: ${stop.reason}` })
  }

  #settled(answer: Answer): Answer {
    this.#end(answer.status)
    return answer
  }

  #end(status: number): void {
    const { host, target, notes } = this.#exchange
    const detected = this.inspected.end({ timeMs: this.#clock.nowMs(), host: host.name, path: target.path, status })
    if (detected !== undefined) notes.trial = notes.trial === undefined ? `waf: ${detected}` : `${notes.trial}; waf: ${detected}`
  }
}
