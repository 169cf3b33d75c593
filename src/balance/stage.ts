// Holds the state of one pool: hands out places at its servers, and learns from what became of them.
import { GatewayError } from '../errors.js'
import type { Exchange } from '../exchange.js'
import type { RequestKey } from '../config/request-key.js'
import { cookieValue } from '../http/cookie.js'
import { requestKey } from '../request-key.js'
import type { Ports, Server } from '../ports.js'
import type { AttemptLease, Balancer, Leased, Wish } from '../balancer.js'
import { selectCandidates, type SelectionOptions } from './candidates.js'
import { choose, type Pickers } from './choice.js'
import { afterAnswer, afterFailure, sinceBack } from './latency.js'
import { murmur3 } from './hash/murmur3.js'
import { isFailure } from './health/observation.js'
import { PoolLease } from './lease.js'
import { membersOf, type PoolMember } from './member.js'
import type { Pass, PoolParts } from './parts.js'
import { type Candidate, isTried, type PickInput, type Policy, type PolicyOptions, type Target } from './policy.js'
import { stickyField, type StickyCookie, type StickySessions, stickySessions, stuckTo } from './sticky.js'
import { namesOf } from './target.js'

/** How a pool chooses. */
export interface PoolSettings {
  readonly name: string
  readonly policy: Policy
  readonly policyOptions: PolicyOptions
  /** What hashing policies hash. */
  readonly key: RequestKey | undefined
  /** Whether the policy goes by latency, which is not free to keep. */
  readonly byLatency: boolean
  readonly selection: Omit<SelectionOptions, 'subset' | 'byKey'>
  readonly sticky: (StickyCookie & { readonly secret: string }) | undefined
  /** Settings that do nothing until the pool is watched. */
  readonly needsWatch: readonly string[]
}

type Effects = Pick<Ports, 'clock' | 'random' | 'sign' | 'observe' | 'meter'>

/** What a place that was not used tells: nothing. */
const NOT_SENT = new GatewayError('client_aborted')

/** The targets of a subset that may be picked now, prepared for the policy. */
interface Group extends Pickers {
  readonly candidates: readonly Candidate[]
  readonly sessions: StickySessions | undefined
  /** When time alone makes it out of date. */
  readonly untilMs: number
}

/** How often the weights of targets that warm up are looked at again. */
const WARMING_STEP_MS = 1000

/** The balancer of one upstream. */
export class PoolBalancer implements Balancer {
  readonly name: string
  hostnames: ReadonlySet<string> = new Set()
  /** Whether its list of targets was found rather than written down. */
  wasFound = false
  readonly #settings: PoolSettings
  readonly #effects: Effects
  readonly #parts: PoolParts
  #members: readonly PoolMember[] = []
  readonly #groups = new Map<Wish['subset'], Group>()
  #tokens: ReadonlyMap<string, string> | undefined
  /** Picks for first attempts, and for further ones. Were they counted together, retries could give one target all first attempts. */
  #firstTick = 0
  #furtherTick = 0
  /** Of all targets together. One count for the pool before a reload and after it, since its targets have one each. */
  readonly #total: { inFlight: number }
  /** Whether somebody looks after the pool between requests, or has been told that nobody does. */
  #watch: 'no' | 'told' | 'yes' = 'no'

  /** What is known of targets in `previous`, the same pool before a reload, stays known. */
  constructor(settings: PoolSettings, targets: readonly Target[], effects: Effects, parts: PoolParts = {}, previous?: PoolBalancer) {
    this.name = settings.name
    this.#settings = settings
    this.#effects = effects
    this.#parts = parts
    this.#total = previous ? previous.#total : { inFlight: 0 }
    const before = previous && previous.#parts
    if (before?.admission) parts.admission?.inherit(before.admission)
    if (before?.health) parts.health?.inherit(before.health)
    if (parts.health) parts.health.onChange = () => this.changed()
    if (parts.admission) parts.admission.targets = () => this.#group(undefined, effects.clock.nowMs()).candidates
    this.#retarget(membersOf(targets, previous?.members ?? [], previous && effects.clock.nowMs()))
  }

  get members(): readonly PoolMember[] {
    return this.#members
  }

  /** Another list of targets. Those that stay keep their state, those that left end what they have under way. Tells the origins of both. */
  retarget(targets: readonly Target[]): { readonly joined: readonly string[]; readonly left: readonly string[] } {
    const before = this.#members
    this.wasFound = true
    // The first list of a pool that had none is no addition to it.
    this.#retarget(membersOf(targets, before, before.length === 0 ? undefined : this.#effects.clock.nowMs()))
    return { joined: originsMissingIn(before, this.#members), left: originsMissingIn(this.#members, before) }
  }

  #retarget(members: readonly PoolMember[]): void {
    this.#members = members
    const { meter } = this.#effects
    if (meter) for (const { target, load } of members) load.meter ??= meter(this.name, target.origin)
    this.hostnames = new Set(members.flatMap(({ target }) => namesOf(target)))
    this.#parts.health?.retarget(members.map(({ target }) => target.origin))
    this.#tokens = undefined
    this.changed()
  }

  /** What the choice depends on has changed: health, weights, or who drains. */
  changed(): void {
    this.#groups.clear()
  }

  /** Somebody looks after the pool between requests. */
  watched(): void {
    this.#watch = 'yes'
  }

  lease(exchange: Exchange, wish: Wish, tried: readonly Server[]): Leased | Promise<Leased> {
    const { admission } = this.#parts
    if (this.#settings.sticky && !this.#tokens) return this.#sign().then(() => this.lease(exchange, wish, tried))
    const entry = admission ? admission.enter(wish, exchange.signal) : 'pass'
    if (!(entry instanceof Promise)) return this.#place(exchange, wish, tried, entry)
    return entry.then((late) => {
      const leased = this.#place(exchange, wish, tried, late)
      if (!(late instanceof GatewayError)) admission!.arrived()
      return leased
    })
  }

  #place(exchange: Exchange, wish: Wish, tried: readonly Server[], pass: Pass | GatewayError): Leased {
    if (pass instanceof GatewayError) return pass
    const nowMs = this.#effects.clock.nowMs()
    const group = this.#group(wish.subset, nowMs)
    const { sticky, key } = this.#settings
    const allows = this.#parts.admission?.allows
    const session = sticky && cookieValue(exchange.fields, sticky.name)
    const holder = group.sessions && stuckTo(group.sessions, session, tried)
    const chosen = holder && (!allows || allows(holder)) ? holder : choose(group, this.#input(key && requestKey(exchange, key), nowMs, tried), allows)
    if (!chosen) {
      this.#parts.admission?.left(pass, NOT_SENT, undefined)
      return this.#nobody(group, tried)
    }
    // Who is with a full target goes back to it later.
    const cookie = group.sessions && !holder ? stickyField(group.sessions, chosen.target, session, exchange.client.scheme === 'https') : undefined
    return this.#take(chosen, cookie, nowMs, pass)
  }

  #input(key: string | undefined, nowMs: number, tried: readonly Server[]): PickInput {
    const tick = tried.length === 0 ? this.#firstTick++ : this.#furtherTick++
    return { tick, random: this.#effects.random, hash: key === undefined ? undefined : murmur3(key), nowMs, inFlight: this.#total.inFlight, tried }
  }

  #nobody({ candidates }: Group, tried: readonly Server[]): GatewayError {
    const { admission } = this.#parts
    if (admission?.allows && candidates.some((candidate) => !isTried(candidate, tried))) return admission.overloaded('so is each target that could serve it')
    const isUnwatched = this.#members.length === 0 && this.#watch === 'told'
    const why = isUnwatched ? 'targets: they are looked up once gateway.watch(signal) is called' : `${tried.length > 0 ? 'other ' : ''}target that takes traffic`
    return new GatewayError('destination_unavailable', { message: `upstream ${this.name} has no ${why}` })
  }

  #group(subset: Wish['subset'], nowMs: number): Group {
    const known = this.#groups.get(subset)
    if (known && nowMs < known.untilMs) return known
    this.#tellUnwatched()
    const { health } = this.#parts
    const { policy, policyOptions, key, selection: options, sticky } = this.#settings
    const members = this.#members.map(({ target, load, draining, weight, joinedMs }) => {
      const standing = health?.standing(target.origin) ?? 'healthy'
      const backMs = health?.backSinceMs(target.origin)
      load.latency = sinceBack(load.latency, standing === 'half-open', backMs)
      return { target, load, draining, weight, health: standing, sinceMs: backMs ?? joinedMs }
    })
    const selection = selectCandidates(members, { ...options, byKey: key !== undefined, subset: subset && { labels: subset, otherwise: 'none' } }, nowMs)
    const given = { ...policyOptions, averageWeight: selection.averageWeight }
    const group: Group = {
      candidates: selection.candidates,
      picker: policy(selection.candidates, given),
      reserve: policy(selection.reserve, given),
      sessions: sticky && this.#tokens && stickySessions(sticky, this.#tokens, [...selection.candidates, ...selection.reserve, ...selection.leaving]),
      untilMs: Math.min(health?.nextChangeMs() ?? Infinity, selection.warming ? nowMs + WARMING_STEP_MS : Infinity),
    }
    this.#groups.set(subset, group)
    if (subset === undefined) this.#parts.admission?.changed()
    return group
  }

  #tellUnwatched(): void {
    const { needsWatch } = this.#settings
    if (this.#watch !== 'no' || needsWatch.length === 0) return
    this.#watch = 'told'
    this.#effects.observe({ kind: 'unwatched', upstream: this.name, settings: needsWatch })
  }

  #take({ target, load }: Candidate, cookie: string | undefined, startedMs: number, pass: Pass): AttemptLease {
    const counted = load as PoolMember['load']
    counted.inFlight++
    this.#total.inFlight++
    const trial = this.#parts.health?.begin(target.origin) ?? false
    return new PoolLease(this, target, counted, cookie, startedMs, trial, pass)
  }

  /** The head of an answer has come. */
  answered({ load, server, startedMs, trial }: PoolLease, status: number): number {
    const nowMs = this.#effects.clock.nowMs()
    const headMs = nowMs - startedMs
    load.meter?.answered(status, headMs)
    if (this.#settings.byLatency) load.latency = isFailure(status) ? afterFailure(load.latency, headMs, nowMs) : afterAnswer(load.latency, headMs, nowMs)
    // A trial is settled by the head: a stream that goes on for hours has shown that its server is well.
    if (trial || isFailure(status)) this.#parts.health?.settle(server.origin, status, trial)
    return headMs
  }

  /** An attempt is over; `headMs` is undefined when no head came. */
  over({ load, server, startedMs, trial, pass, status }: PoolLease, outcome: GatewayError | number, headMs: number | undefined): void {
    load.inFlight--
    this.#total.inFlight--
    load.meter?.ended(typeof outcome === 'number' ? undefined : outcome, status)
    if (headMs === undefined && this.#settings.byLatency && (outcome as GatewayError).side === 'upstream') {
      const nowMs = this.#effects.clock.nowMs()
      load.latency = afterFailure(load.latency, nowMs - startedMs, nowMs)
    }
    const told = headMs !== undefined && typeof outcome === 'number' && (trial || isFailure(outcome))
    if (!told) this.#parts.health?.settle(server.origin, outcome, trial && headMs === undefined)
    this.#parts.admission?.left(pass, outcome, headMs)
  }

  async #sign(): Promise<void> {
    const { sticky } = this.#settings
    const members = this.#members
    const origins = members.map(({ target }) => target.origin)
    const tokens = await Promise.all(origins.map((origin) => this.#effects.sign(sticky!.secret, origin)))
    // Another list has come in the meantime.
    if (members !== this.#members) return this.#sign()
    this.#tokens = new Map(origins.map((origin, i) => [origin, tokens[i]!]))
    this.changed()
  }
}

/** The origins of `members` that are not among those `before`. */
function originsMissingIn(before: readonly PoolMember[], members: readonly PoolMember[]): string[] {
  const known = new Set(before.map(({ target }) => target.origin))
  return members.map(({ target }) => target.origin).filter((origin) => !known.has(origin))
}
