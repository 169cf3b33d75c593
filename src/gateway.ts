// START HERE: one request, stage by stage. Each line is a stage, and each stage's first answer can end the request.
import type { Purge } from './cache/purges.js'
import { compile, type Snapshot } from './compile/snapshot.js'
import type { CheckedConfig } from './config/schema.js'
import { GatewayError } from './errors.js'
import { type Exchange, newNotes, openExchange, type RequestInfo } from './exchange.js'
import * as filter from './filter/stage.js'
import * as forward from './forward/fallback/stage.js'
import { fieldValue } from './http/fields.js'
import type { RequestEvent } from './observe/event.js'
import { MINIMUM } from './minimum.js'
import type { Inside } from './operator.js'
import type { Parts } from './parts.js'
import { platform } from './platform.js'
import type { Answer, Ports } from './ports.js'
import { problemAnswer } from './respond/problem.js'
import * as respond from './respond/stage.js'
import * as route from './route/stage.js'
import { toResponse, type WireRequest, wireOf } from './wire.js'

/** A gateway. Holds no socket and no timer; a runtime or a test gives it requests. */
export interface Gateway {
  /**
   * Answers a request. Never rejects: whatever goes wrong is a problem document. Usable unbound, so that
   * `export default gateway` and `Bun.serve({ fetch: gateway.fetch })` both work.
   */
  readonly fetch: (request: Request, info?: RequestInfo) => Promise<Response>
  /** The same for adapters, which have the request as it stood on the wire and can send the answer's native body. */
  readonly handle: (request: WireRequest, info: RequestInfo) => Promise<Answer>
  /**
   * Starts what a gateway does between requests: checks of targets, comparisons of them, and lists that change, of targets and of addresses. `start`
   * of a runtime calls it; whoever calls `createGateway` does so, or `health`, `outlier.deviation` and `discover` have no
   * effect, of which an `unwatched` event tells. A platform without timers between requests cannot. Ends with the signal.
   */
  readonly watch: (signal: AbortSignal) => void
  /**
   * Puts another configuration that was checked in force, whole or not at all: throws a `ConfigError` like `openGateway`
   * does, and changes nothing then. Requests under way end by the old one. What is known of targets stays known where
   * upstream and target keep their names; listeners are not the gateway's and stay as they are.
   */
  readonly reload: (config: CheckedConfig) => void
  /** Pools and caches as they are in force now: for metrics, and for those who drain targets. Costs what the answer costs, which no request waits for. */
  readonly inspect: () => Inside
  /**
   * Takes answers out of this gateway's caches, or makes them stale: by URL, by prefix, by tag, or all. Takes effect at
   * once and costs the same however much is stored. Resolves when the stores have kept it, so that it outlives this
   * process and reaches others that share them; to false where one has not, which is then asked again. Throws a
   * `TypeError` for a URL that is none.
   */
  readonly purge: (purge: Purge) => Promise<boolean>
}

/**
 * Makes a gateway of a configuration that was checked. `ports` replaces effects; the rest come from the Web globals of
 * the platform. Throws a `ConfigError` that names each setting which these ports cannot honour, or for which there is
 * no part.
 */
export function openGateway(config: CheckedConfig, ports: Partial<Ports> = {}, parts: Parts = MINIMUM): Gateway {
  const effects: Ports = { ...platform(), ...ports }
  const handle = (request: WireRequest, info: RequestInfo): Promise<Answer> => handleRequest(request, info, snapshot, effects)
  let snapshot = compile(config, { ports: effects, parts, handle })
  let watched: { readonly signal: AbortSignal; readonly pools: AbortController } | undefined
  const watch = (signal: AbortSignal): void => {
    watched?.pools.abort()
    watched = { signal, pools: new AbortController() }
    const either = AbortSignal.any([signal, watched.pools.signal])
    for (const pool of snapshot.pools.values()) pool.watch(either)
    snapshot.filters.watch(either)
  }
  return {
    handle,
    watch,
    inspect: () => snapshot,
    reload: (next) => {
      snapshot = compile(next, { ports: effects, parts, handle, previous: snapshot })
      if (watched) watch(watched.signal)
    },
    purge: (purge) => snapshot.caches.purge(purge),
    fetch: async (request, info = {}) => {
      const wire = wireOf(request)
      return responseTo(wire, await handle(wire, info))
    },
  }
}

/** The platform's Response refuses fields that an origin may well send; that is the origin's fault, and no reason to reject. */
function responseTo(request: WireRequest, answer: Answer): Response {
  try {
    return toResponse(answer)
  } catch (error) {
    answer.body?.cancel(error)
    return toResponse(problemAnswer(new GatewayError('http_protocol_error', { cause: error }), fieldValue(answer.fields, 'x-request-id') ?? '', request))
  }
}

async function handleRequest(request: WireRequest, info: RequestInfo, snapshot: Snapshot, effects: Ports): Promise<Answer> {
  const opened = openExchange(request, info, { trust: snapshot.trust, oddNames: snapshot.oddNames, nowMs: effects.clock.nowMs(), newId: effects.newId })
  if ('error' in opened) return unreadable(request, opened.id, opened.error, effects)
  let answer: Answer
  try {
    answer = await throughStages(opened, snapshot, effects)
  } catch (error) {
    answer = respond.unexpected(opened, error)
  }
  if (opened.after) answer = await filter.settle(answer, opened.after, (error) => respond.unexpected(opened, error))
  effects.observe(requestEvent(opened, answer, effects.clock.nowMs()))
  return answer
}

async function throughStages(exchange: Exchange, { rules, routes }: Snapshot, effects: Ports): Promise<Answer> {
  const checked = filter.check(exchange, rules)
  const ended = checked instanceof Promise ? await checked : checked
  if (ended) return respond.filtered(exchange, ended)

  const plan = route.find(exchange, routes)
  if (!plan) return respond.missing(exchange)
  if ('kind' in plan) return respond.filtered(exchange, plan)

  plan.content?.attach(exchange)
  const examined = filter.check(exchange, plan.rules)
  const refused = examined instanceof Promise ? await examined : examined
  if (refused) return respond.filtered(exchange, refused)

  if (plan.files) {
    const file = await plan.files.answer(exchange)
    if (file) return file instanceof GatewayError ? respond.problem(exchange, file) : respond.answer(exchange, plan, undefined, file)
  }

  const action = plan.action.kind === 'split' ? plan.action.choose(exchange, effects.random) : plan.action
  if (action.kind !== 'forward') return respond.local(exchange, plan, action)

  const looked = action.cache?.lookup(exchange)
  const stored = looked instanceof Promise ? await looked : looked
  if (stored?.kind === 'hit') return respond.answer(exchange, plan, action, stored.answer)

  const carry = (asked: Exchange): Promise<Answer | GatewayError> => {
    plan.content?.hint(asked)
    return forward.carryOrFallBack(asked, action, effects, respond.interim(asked, action))
  }
  const fetched = action.cache && stored ? await action.cache.answer(stored, carry) : await carry(exchange)
  if (fetched instanceof GatewayError) return respond.failure(exchange, plan, action, fetched)

  action.invalidator?.after(exchange, fetched)
  return respond.answer(exchange, plan, action, fetched)
}

/** What is told of a request. */
type Told = Pick<Exchange, 'id' | 'method' | 'notes' | 'startedMs' | 'sentFields'> & { readonly host: { readonly name: string }; readonly target: { readonly raw: string }; readonly client: { readonly address?: string | undefined }; readonly identity?: Exchange['identity'] }

/** A request that could not be read never becomes an exchange; it is answered, and told, all the same. */
function unreadable({ method, target: raw, fields }: WireRequest, id: string, error: GatewayError, { observe }: Ports): Answer {
  const told = { id, method, host: { name: '' }, target: { raw }, client: {}, notes: newNotes(), startedMs: 0, fields, sentFields: fields }
  const answer = respond.problem(told, error)
  observe(requestEvent(told, answer, 0))
  return answer
}

function requestEvent({ id, method, host, target, client, identity, notes, startedMs, sentFields }: Told, { status, fields }: Answer, nowMs: number): RequestEvent {
  return {
    kind: 'request', id, method, host: host.name, target: target.raw, client: client.address, status, durationMs: nowMs - startedMs,
    route: notes.route, server: notes.server, attempts: notes.attempts, cache: notes.cacheStatus, error: notes.error, detail: notes.detail, filter: notes.filter, trial: notes.trial, user: identity?.name,
    requestFields: sentFields, answerFields: fields,
  }
}
