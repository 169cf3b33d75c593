// A pool with its health and limits, in a time that the test moves.
import { PoolHealthKeeper } from '../../src/balance/health/stage.js'
import { DEFAULT_PASSIVE } from '../../src/balance/health/settings.js'
import { type AdmissionSettings, PoolAdmission } from '../../src/balance/protect/stage.js'
import { roundRobin } from '../../src/balance/policies/round-robin.js'
import type { Target } from '../../src/balance/policy.js'
import { PoolBalancer, type PoolSettings } from '../../src/balance/stage.js'
import { type TargetSettings, targetOf } from '../../src/balance/target.js'
import type { AttemptLease, Leased, Wish } from '../../src/balancer.js'
import { GatewayError } from '../../src/errors.js'
import type { GatewayEvent } from '../../src/index.js'
import { chance } from './balance.js'
import { type Asked, exchangeOf } from './exchange.js'

const ANY: Wish = { subset: undefined, priority: 'normal' }
const SETTINGS: PoolSettings = { name: 'app', policy: roundRobin, policyOptions: {}, key: undefined, byLatency: false, selection: {}, sticky: undefined, needsWatch: [] }
const LIMITS: AdmissionSettings = { maxInFlight: 4, maxInFlightPerTarget: undefined, maxPending: 2, pendingTimeoutMs: 1000, order: 'fifo', concurrency: undefined, breaker: undefined }

export const REFUSED = new GatewayError('connection_refused')

/** A target by its URL, or by as much as the test cares about. */
export type Written = string | (Partial<TargetSettings> & { readonly url: string })

export const targetsOf = (written: readonly Written[]): Target[] => written.map((one) => targetOf({ weight: 1, backup: false, ...(typeof one === 'string' ? { url: one } : one) }))

export interface Asking extends Asked {
  readonly wish?: Partial<Wish>
  readonly tried?: readonly Target[]
}

export interface Scene {
  readonly pool: PoolBalancer
  readonly health: PoolHealthKeeper
  readonly events: GatewayEvent[]
  nowMs: number
  lease(asking?: Asking): Leased | Promise<Leased>
  /** A place; throws where there is none at once. */
  now(asking?: Asking): AttemptLease
  /** The same pool after a reload, in the same time. */
  reloaded(): Scene
}

export function sceneOf(written: readonly Written[], settings: Partial<PoolSettings> = {}, limits: Partial<AdmissionSettings> = {}, previous?: PoolBalancer, time = { nowMs: 1000 }): Scene {
  const events: GatewayEvent[] = []
  const effects = {
    clock: { nowMs: () => time.nowMs, sleep: () => new Promise<void>(() => {}) },
    random: chance(3),
    sign: (secret: string, text: string) => Promise.resolve(`${secret}-${text.replace(/\W/g, '_')}`),
    observe: (event: GatewayEvent) => void events.push(event),
    transport: { lacks: new Set<never>(), send: () => Promise.reject(new Error('none')) },
  }
  const parts = { health: new PoolHealthKeeper('app', DEFAULT_PASSIVE, effects), admission: new PoolAdmission('app', { ...LIMITS, ...limits }, effects) }
  const pool = new PoolBalancer({ ...SETTINGS, ...settings }, targetsOf(written), effects, parts, previous)
  const lease = ({ wish, tried = [], ...asked }: Asking = {}): Leased | Promise<Leased> => pool.lease({ ...exchangeOf(asked), signal: asked.signal }, { ...ANY, ...wish }, tried)
  return {
    pool,
    health: parts.health,
    events,
    lease,
    get nowMs() {
      return time.nowMs
    },
    set nowMs(ms) {
      time.nowMs = ms
    },
    now(asking) {
      const leased = lease(asking)
      if (leased instanceof GatewayError || leased instanceof Promise) throw new Error('no place at once')
      return leased
    },
    reloaded: () => sceneOf(written, settings, limits, pool, time),
  }
}

/** An attempt that goes well, from start to end; the origin of its server. */
export function served(scene: Scene, asking?: Asking): string {
  const lease = scene.now(asking)
  lease.answered(200)
  lease.ended()
  return lease.server.origin
}
