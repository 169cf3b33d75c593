// From an upstream's settings to what its routes share.
import type { Balancer } from '../balancer.js'
import type { UpstreamConfig } from '../config/schema.js'
import type { Issue } from '../config/issue.js'
import { EMPTY_WINDOW } from '../forward/budget.js'
import type { Hedging } from '../forward/hedge/hedging.js'
import type { HostPolicy, UpstreamPlan } from '../plan.js'
import type { TransportFeature } from '../ports.js'

const DEFAULT_CONNECT_MS = 5000
const DEFAULT_HEADERS_MS = 60_000
const DEFAULT_IDLE_MS = 300_000
const DEFAULT_UPGRADED_IDLE_MS = 3_600_000
const DEFAULT_RETRY_ATTEMPTS = 1
const DEFAULT_RETRY_ON = ['connect-failure', 'reset-before-response'] as const
const DEFAULT_RETRY_BUDGET_PERCENT = 20
const DEFAULT_MIN_RETRIES_PER_SECOND = 10

/** Compiles one upstream. */
export function compileUpstream(balancer: Balancer, hedging: Hedging | undefined, { retry = {}, hedge, timeout = {}, host, forwarded = 'both', websocket, keepAlive }: UpstreamConfig): UpstreamPlan {
  return {
    balancer,
    retry: {
      policy: { attempts: retry.attempts ?? DEFAULT_RETRY_ATTEMPTS, on: new Set(retry.on ?? DEFAULT_RETRY_ON), maxReplayBytes: retry.replayBody ?? 0 },
      limits: { percent: retry.budgetPercent ?? DEFAULT_RETRY_BUDGET_PERCENT, minPerSecond: retry.minRetriesPerSecond ?? DEFAULT_MIN_RETRIES_PER_SECOND },
      budget: { window: EMPTY_WINDOW },
    },
    hedge: hedge && hedging && { ways: hedging, policy: hedging.policyOf(hedge.after), latency: { estimate: hedging.noEstimate } },
    limits: {
      connectMs: timeout.connect ?? DEFAULT_CONNECT_MS,
      headersMs: timeout.headers ?? DEFAULT_HEADERS_MS,
      idleMs: timeout.idle ?? DEFAULT_IDLE_MS,
      upgradedIdleMs: timeout.upgraded ?? DEFAULT_UPGRADED_IDLE_MS,
      pingMs: websocket?.ping,
      keepAlive: keepAlive && { idleMs: keepAlive.idle, connections: keepAlive.connections },
    },
    host: compileHost(host),
    forwarded,
  }
}

/** What an upstream asks of the transport that this runtime's has not. */
export function unsupportedByTransport(name: string, { targets = [], host, websocket, proxyProtocol, keepAlive, tls, http2 }: UpstreamConfig, lacks: ReadonlySet<TransportFeature>): Issue[] {
  const unless = (feature: TransportFeature, setting: string, value: unknown, message: string): Issue[] =>
    value !== undefined && value !== false && lacks.has(feature) ? [{ path: `upstreams.${name}.${setting}`, value, message }] : []
  return [
    ...unless('host-field', 'host', compileHost(host).kind !== 'upstream' && host, 'this platform sends the Host of the target\'s URL; write "upstream", or name the target by the host it expects'),
    ...unless('websocket-ping', 'websocket.ping', websocket?.ping, 'this platform connects by itself; leave it out'),
    ...unless('keep-alive', 'keepAlive', keepAlive, 'this platform connects by itself; leave it out'),
    ...unless('http2', 'http2', http2, 'this platform connects by itself; leave it out'),
    ...unless('tls', 'tls', tls, 'this platform connects by itself; leave it out'),
    ...unless('proxy-protocol', 'proxyProtocol', proxyProtocol, 'this platform connects by itself; leave it out'),
    ...targets.flatMap((target, i) => {
      const url = typeof target === 'string' ? target : target.url
      return unless('unix-socket', `targets[${i}]`, url.startsWith('unix:') && url, 'this runtime cannot connect to Unix sockets; write "http://host:port"')
    }),
  ]
}

function compileHost(host: string | undefined): HostPolicy {
  if (host === undefined || host === 'upstream') return { kind: 'upstream' }
  return host === 'preserve' ? { kind: 'preserve' } : { kind: 'literal', value: host }
}
