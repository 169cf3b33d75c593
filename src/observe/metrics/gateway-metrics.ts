// Counts what a gateway tells of: told of each event, asked for all of it at once. Holds no clock, reads nothing and never throws.
import type { Gateway } from '../../gateway.js'
import { type Inside, targetId } from '../../operator.js'
import type { TargetMeter } from '../../ports.js'
import type { GatewayEvent, RequestEvent } from '../event.js'
import { cacheResult } from './cache-result.js'
import { Counts } from './counts.js'
import type { Family, Point } from './family.js'
import { BOUNDS_SECONDS } from './histogram.js'
import { insideFamilies } from './inside.js'
import { RequestTimes } from './requests.js'
import { TargetCounts } from './target.js'

/** Counters of one gateway. */
export interface Metrics {
  /** For `ports.observe`. */
  readonly observe: (event: GatewayEvent) => void
  /** The same for answers that a listener gave before a gateway was asked. */
  readonly observeOwn: (event: GatewayEvent) => void
  /** For `ports.meter`. */
  readonly meter: (upstream: string, origin: string) => TargetMeter
  /** The same gateway, its requests counted while they are under way. */
  readonly around: (gateway: Gateway) => Gateway
  /** All that is known now. */
  readonly collect: (inside: Inside) => Family[]
}

/** Makes counters: give `observe` and `meter` to the gateway as ports, and take it as `around` gives it back. */
export function createMetrics(): Metrics {
  return new GatewayMetrics()
}

class GatewayMetrics implements Metrics {
  readonly #requests = new RequestTimes()
  readonly #errors = new Counts('error.type')
  readonly #refusals = new Counts('fetchgate.filter', 'http.response.status_code')
  readonly #cache = new Counts('fetchgate.cache.result')
  readonly #retries = new Counts('fetchgate.upstream')
  readonly #hedges = new Counts('fetchgate.hedge.won')
  readonly #removals = new Counts('fetchgate.upstream')
  readonly #openings = new Counts('fetchgate.upstream')
  readonly #background = new Counts('fetchgate.work')
  readonly #services = new Counts('fetchgate.filter')
  readonly #certificates = new Counts('fetchgate.tls.change')
  readonly #lists = new Counts('fetchgate.list')
  /** By upstream, and there by origin. */
  readonly #targets = new Map<string, Map<string, TargetCounts>>()
  #begun = 0
  #ended = 0

  readonly observe = (event: GatewayEvent): void => {
    switch (event.kind) {
      case 'request':
        return this.#request(event)
      case 'attempt-failed':
        return event.retried ? this.#retries.add(event.upstream) : undefined
      case 'hedged':
        return this.#hedges.add(String(event.won))
      case 'target-health':
        return event.well ? undefined : this.#removals.add(event.upstream)
      case 'circuit':
        return event.state === 'open' ? this.#openings.add(event.upstream) : undefined
      case 'background-failed':
        return this.#background.add(event.what)
      case 'service-failed':
        return this.#services.add(event.filter)
      case 'discovery-failed':
        return this.#lists.add(event.upstream)
      case 'list-failed':
        return this.#lists.add(event.url)
      case 'certificate':
        return this.#certificates.add(event.change)
      case 'targets':
      case 'unwatched':
        return undefined
    }
  }

  readonly observeOwn = (event: GatewayEvent): void => {
    if (event.kind === 'request') this.#begun++
    this.observe(event)
  }

  readonly meter = (upstream: string, origin: string): TargetMeter => {
    let targets = this.#targets.get(upstream)
    if (!targets) this.#targets.set(upstream, (targets = new Map<string, TargetCounts>()))
    let counts = targets.get(origin)
    if (!counts) targets.set(origin, (counts = new TargetCounts({ 'fetchgate.upstream': upstream, 'server.address': targetId(origin) })))
    return counts
  }

  readonly around = (gateway: Gateway): Gateway => ({
    ...gateway,
    // Each request is told of once, just before its answer is there: what has begun and was not told of is under way.
    handle: (request, info) => {
      this.#begun++
      return gateway.handle(request, info)
    },
    fetch: (request, info) => {
      this.#begun++
      return gateway.fetch(request, info)
    },
  })

  #request({ route, method, status, durationMs, error, filter, cache }: RequestEvent): void {
    this.#ended++
    this.#requests.add(route, method, status, durationMs)
    if (error !== undefined) this.#errors.add(error)
    if (filter !== undefined) this.#refusals.add(filter, status)
    if (cache !== undefined) this.#cache.add(cacheResult(cache))
  }

  /** Targets come and go where they are looked up: what is no more is forgotten, or it would add up for ever. */
  #forget({ pools }: Inside): void {
    for (const [upstream, targets] of this.#targets) {
      const present = new Set(pools.get(upstream)?.operator?.state().targets.map(({ origin }) => origin))
      for (const origin of targets.keys()) if (!present.has(origin)) targets.delete(origin)
      if (targets.size === 0) this.#targets.delete(upstream)
    }
  }

  readonly collect = (inside: Inside): Family[] => {
    this.#forget(inside)
    const targets = [...this.#targets.values()].flatMap((each) => [...each.values()])
    return [
      times('http.server.request.duration', 'How long requests took until the head of their answer was ready.', this.#requests.points()),
      { name: 'http.server.active_requests', kind: 'gauge', unit: '', together: 'sum', help: 'Requests whose answer has not begun.', points: [{ attributes: {}, value: Math.max(0, this.#begun - this.#ended) }] },
      counter('fetchgate.errors', 'Answers that the gateway made by itself, by the error.', this.#errors.points()),
      counter('fetchgate.filter.ends', 'Requests that a filter refused or answered, by filter and status.', this.#refusals.points()),
      counter('fetchgate.cache.requests', 'Requests that a cache was asked for, by what it said: hit, or why it went forward (RFC 9211).', this.#cache.points()),
      times('http.client.request.duration', 'How long attempts took until the head of the answer came, by target and status.', targets.flatMap((counts) => counts.times())),
      counter('fetchgate.upstream.errors', 'Attempts that failed or broke off, by target and error.', targets.flatMap((counts) => counts.errors())),
      counter('fetchgate.upstream.retries', 'Attempts that failed and were followed by another.', this.#retries.points()),
      counter('fetchgate.upstream.hedges', 'Second attempts beside slow ones.', this.#hedges.points()),
      counter('fetchgate.upstream.removals', 'How often a target was left out: by probes or by ejection.', this.#removals.points()),
      counter('fetchgate.upstream.circuit.openings', 'How often the circuit of a pool opened.', this.#openings.points()),
      { name: 'fetchgate.websockets', kind: 'gauge', unit: '', together: 'sum', help: 'WebSockets that are open.', points: [{ attributes: {}, value: targets.reduce((sum, { webSockets }) => sum + webSockets, 0) }] },
      counter('fetchgate.background.failures', 'Failures that no client sees, by what was tried.', this.#background.points()),
      counter('fetchgate.service.failures', 'Failures of services that filters rely on.', this.#services.points()),
      counter('fetchgate.list.failures', 'Lists of targets or addresses that could not be had.', this.#lists.points()),
      counter('fetchgate.tls.certificates', 'Certificates that were got from an authority, could not be got, or were found to end soon.', this.#certificates.points()),
      ...insideFamilies(inside),
    ]
  }
}

function counter(name: string, help: string, points: readonly Point[]): Family {
  return { name, kind: 'counter', unit: '', together: 'sum', help, points }
}

function times(name: string, help: string, points: readonly Point[]): Family {
  return { name, kind: 'histogram', unit: 's', together: 'sum', help, bounds: BOUNDS_SECONDS, points }
}
