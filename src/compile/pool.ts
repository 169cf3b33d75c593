// From an upstream's settings to its balancer, and what runs for it in the background.
import { follow } from '../balance/discover/stage.js'
import { PoolHealthKeeper } from '../balance/health/stage.js'
import type { Policy } from '../balance/policy.js'
import { consistentHash } from '../balance/policies/consistent-hash.js'
import { first } from '../balance/policies/first.js'
import { operatorOf } from '../balance/operate.js'
import { leastRequests } from '../balance/policies/least-requests.js'
import { maglev } from '../balance/policies/maglev.js'
import { peakEwma } from '../balance/policies/peak-ewma.js'
import { powerOfTwo } from '../balance/policies/power-of-two.js'
import { random } from '../balance/policies/random.js'
import { rendezvous } from '../balance/policies/rendezvous.js'
import { roundRobin } from '../balance/policies/round-robin.js'
import { PoolAdmission } from '../balance/protect/stage.js'
import { PoolBalancer } from '../balance/stage.js'
import { targetOf } from '../balance/target.js'
import type { Pool } from '../balancer.js'
import { formatPath, type Issue } from '../config/issue.js'
import { parseRequestKey } from '../config/request-key.js'
import type { PolicyName } from '../config/schema/balance.js'
import type { UpstreamConfig } from '../config/schema.js'
import type { PoolPart, PoolWorld } from '../parts.js'
import { compileAdmission } from './admission.js'
import { compilePassive, compileProbe } from './health.js'
import { compileSource, compileTargets, mannerOf } from './targets.js'

/** The policies by their names in the configuration. */
const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  'round-robin': roundRobin,
  random,
  'power-of-two': powerOfTwo,
  'least-requests': leastRequests,
  'peak-ewma': peakEwma,
  first,
  'consistent-hash': consistentHash,
  rendezvous,
  maglev,
}

const HASHING: ReadonlySet<string> = new Set(['consistent-hash', 'rendezvous', 'maglev'])

/** Pools with all that there is. */
export const fullPool: PoolPart = { compile: compilePool, issues: unsupportedByPorts }

function compilePool(name: string, config: UpstreamConfig, { ports, zone }: PoolWorld, previous: Pool | undefined): Pool {
  const { policy, by = 'client-ip', boundPercent } = typeof config.balance === 'object' ? config.balance : { policy: config.balance ?? 'round-robin' }
  const health = new PoolHealthKeeper(name, compilePassive(config.outlier), ports)
  const known = previous?.balancer instanceof PoolBalancer ? previous.balancer : undefined
  // The last list that was found stays in force over a reload, until there is another.
  const lastFound = config.discover && known?.wasFound ? known.members.map(({ target }) => ({ ...target, ...mannerOf(config) })) : undefined
  const admission = new PoolAdmission(name, compileAdmission(config.breaker), ports)
  const balancer = new PoolBalancer(
    {
      name,
      policy: POLICIES[policy],
      policyOptions: { maxLoadPercent: boundPercent },
      key: HASHING.has(policy) ? parseRequestKey(by) : undefined,
      byLatency: policy === 'peak-ewma',
      selection: { zone, panicPercent: config.panicPercent, slowStartMs: typeof config.slowStart === 'object' ? config.slowStart.over : config.slowStart },
      sticky: config.sticky && { name: config.sticky.cookie, maxAgeSeconds: config.sticky.maxAge && Math.ceil(config.sticky.maxAge / 1000), secret: config.sticky.secret ?? ports.newId() },
      needsWatch: [...(config.health ? ['health'] : []), ...(config.discover ? ['discover'] : []), ...(config.outlier?.deviation === undefined ? [] : ['outlier.deviation'])],
    },
    lastFound ?? compileTargets(config),
    ports,
    { health, admission },
    known,
  )
  balancer.wasFound = lastFound !== undefined
  return {
    balancer,
    operator: operatorOf(balancer, health, admission),
    watch: (signal) => {
      balancer.watched()
      const probe = config.health && compileProbe(config.health)
      health.watch(() => balancer.members.map(({ target }) => target), probe, signal)
      if (config.discover) void follow(compileSource(config.discover), {
        accept: (targets) => {
          const { joined, left } = balancer.retarget(targets.map((target) => targetOf(target, mannerOf(config))))
          if (joined.length + left.length > 0) ports.observe({ kind: 'targets', upstream: name, joined, left })
        },
        failed: (detail) => ports.observe({ kind: 'discovery-failed', upstream: name, detail }),
      }, ports, signal)
    },
  }
}

/** What an upstream asks for that this runtime has not. */
function unsupportedByPorts(name: string, { health, discover, outlier }: UpstreamConfig, { ports }: PoolWorld): Issue[] {
  const issues: Issue[] = []
  const lacks = (keys: readonly string[], value: unknown, message: string): void => void issues.push({ path: formatPath(['upstreams', name, ...keys]), value, message })
  if (ports.transport.lacks.has('background')) {
    if (health) lacks(['health'], health, 'this platform does nothing between requests, so nothing can be checked; leave it out: "outlier" finds failing targets by their answers')
    if (discover) lacks(['discover'], discover, 'this platform does nothing between requests, so no list is looked up; write "targets"')
    if (outlier?.deviation !== undefined) lacks(['outlier', 'deviation'], outlier.deviation, 'this platform does nothing between requests, so targets are not compared; write "failurePercent"')
    return issues
  }
  if (discover && 'dns' in discover && !ports.resolve) lacks(['discover', 'dns'], discover.dns, 'this runtime has no resolver to ask; write "url" or "targets"')
  if (discover && 'url' in discover && !ports.read) lacks(['discover', 'url'], discover.url, 'this runtime reads nothing between requests; write "targets"')
  if (health?.kind !== undefined && health.kind !== 'http' && !ports.transport.probes?.has(health.kind)) lacks(['health', 'kind'], health.kind, 'this runtime cannot make such checks; write "http"')
  return issues
}
