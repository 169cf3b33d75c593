// What a gateway can be made of beyond its core, so that a bundle carries only what its configuration uses.
import type { Caching } from './cache/caching.js'
import type { follow } from './balance/discover/stage.js'
import type { PoolHealthKeeper } from './balance/health/stage.js'
import type { PassiveSettings } from './balance/health/settings.js'
import type { Policy } from './balance/policy.js'
import type { AdmissionSettings } from './balance/protect/stage.js'
import { roundRobin } from './balance/policies/round-robin.js'
import type { Admission } from './balance/parts.js'
import type { PolicyName } from './config/schema/balance.js'
import type { Ports } from './ports.js'

/** Builders by what they build. What is absent cannot be configured. */
export interface Parts {
  readonly policies: Readonly<Partial<Record<PolicyName, Policy>>>
  /** Health of targets, learnt from the traffic and by checks. */
  readonly health?: (name: string, settings: PassiveSettings, ports: Ports) => PoolHealthKeeper
  /** Limits, queue and circuit breaker of a pool. */
  readonly admission?: (name: string, settings: AdmissionSettings, ports: Ports) => Admission
  /** Caches of routes. */
  readonly caching?: Caching
  /** Lists of targets that change by themselves. */
  readonly follow?: typeof follow
}

/** Round robin over targets that are all taken to be well. */
export const MINIMUM: Parts = { policies: { 'round-robin': roundRobin } }
