// From an upstream's settings to its balancer, and what runs for it in the background.
import type { PoolHealthKeeper } from '../balance/health/stage.js'
import { PoolBalancer } from '../balance/stage.js'
import { targetOf } from '../balance/target.js'
import { formatPath, type Issue } from '../config/issue.js'
import { parseRequestKey } from '../config/request-key.js'
import type { UpstreamConfig } from '../config/schema.js'
import type { Parts } from '../parts.js'
import type { Ports } from '../ports.js'
import { compileAdmission } from './admission.js'
import { compilePassive, compileProbe } from './health.js'
import { compileSource, compileTargets } from './targets.js'

/** A balancer, and what makes it look around. */
export interface Pool {
  readonly balancer: PoolBalancer
  readonly health: PoolHealthKeeper | undefined
  /** Starts what runs in the background, until the signal is aborted. */
  watch(signal: AbortSignal): void
}

/** What the pools of one gateway share. */
export interface PoolWorld {
  readonly parts: Parts
  readonly ports: Ports
  /** The gateway's own zone. */
  readonly zone: string | undefined
}

const HASHING: ReadonlySet<string> = new Set(['consistent-hash', 'rendezvous', 'maglev'])

/** Compiles the pool of one upstream. What is known of targets in `previous`, the same upstream before a reload, stays known. */
export function compilePool(name: string, config: UpstreamConfig, { parts, ports, zone }: PoolWorld, previous: Pool | undefined): Pool {
  const { policy, by = 'client-ip', boundPercent } = typeof config.balance === 'object' ? config.balance : { policy: config.balance ?? 'round-robin' }
  const health = parts.health?.(name, compilePassive(config.outlier), ports)
  const balancer = new PoolBalancer(
    {
      name,
      policy: parts.policies[policy]!,
      policyOptions: { maxLoadPercent: boundPercent },
      key: HASHING.has(policy) ? parseRequestKey(by) : undefined,
      byLatency: policy === 'peak-ewma',
      selection: { zone, panicPercent: config.panicPercent, slowStartMs: typeof config.slowStart === 'object' ? config.slowStart.over : config.slowStart },
      sticky: config.sticky && { name: config.sticky.cookie, maxAgeSeconds: config.sticky.maxAge && Math.ceil(config.sticky.maxAge / 1000), secret: config.sticky.secret ?? ports.newId() },
    },
    compileTargets(config),
    ports,
    { health, admission: parts.admission?.(name, compileAdmission(config.breaker), ports) },
    previous?.balancer,
  )
  return {
    balancer,
    health,
    watch: (signal) => {
      const probe = config.health && compileProbe(config.health)
      health?.watch(() => balancer.members.map(({ target }) => target), probe, signal)
      if (config.discover) void parts.follow?.(compileSource(config.discover), {
        accept: (targets) => {
          const { joined, left } = balancer.retarget(targets.map(targetOf))
          if (joined.length + left.length > 0) ports.observe({ kind: 'targets', upstream: name, joined, left })
        },
        failed: (detail) => ports.observe({ kind: 'discovery-failed', upstream: name, detail }),
      }, ports, signal)
    },
  }
}

/** What an upstream asks for that this gateway was not given. */
export function missingParts(name: string, { balance = 'round-robin', health, outlier, breaker, discover }: UpstreamConfig, { parts, ports }: PoolWorld): Issue[] {
  const policy = typeof balance === 'object' ? balance.policy : balance
  const path = (...setting: string[]): string => formatPath(['upstreams', name, ...setting])
  const absent = (setting: string, value: unknown): Issue => ({ path: path(setting), value, message: 'is no part of this bundle; use createGateway, or give the part to openGateway' })
  const issues: Issue[] = []
  if (!parts.policies[policy]) issues.push(absent('balance', policy))
  if (health && !parts.health) issues.push(absent('health', health))
  if (outlier && !parts.health) issues.push(absent('outlier', outlier))
  if (breaker && !parts.admission) issues.push(absent('breaker', breaker))
  if (discover && !parts.follow) issues.push(absent('discover', discover))
  if (discover && 'dns' in discover && !ports.resolve) issues.push({ path: path('discover', 'dns'), value: discover.dns, message: 'this runtime has no resolver to ask; write "url" or "targets"' })
  if (discover && 'url' in discover && !ports.read) issues.push({ path: path('discover', 'url'), value: discover.url, message: 'this runtime reads nothing between requests; write "targets"' })
  if (health && health.kind !== undefined && health.kind !== 'http' && !ports.transport.probes?.has(health.kind)) issues.push({ path: path('health', 'kind'), value: health.kind, message: 'this runtime cannot make such checks; write "http"' })
  return issues
}
