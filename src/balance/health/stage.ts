// Holds what is known of the health of one pool, and finds out more in the background.
import type { GatewayError } from '../../errors.js'
import type { Ports } from '../../ports.js'
import type { Standing } from './target-health.js'
import type { Target } from '../policy.js'
import type { HealthKeeper } from '../parts.js'
import { firstProbeDelayMs, nextProbeDelayMs } from './active.js'
import { observationOf } from './observation.js'
import { observe, type PoolHealth, settleTrial, startTrial, withoutTrials } from './pool-health.js'
import { ask, type Probe } from './probe/stage.js'
import type { PassiveSettings } from './settings.js'
import { backSinceMs, changesAtMs, standingOf, type TargetHealth, troubleOf } from './target-health.js'
import { afterProbeOf, carryOver, sweep } from './upkeep.js'

type Effects = Pick<Ports, 'clock' | 'random' | 'observe' | 'transport'>

const SWEEP_MS = 10_000

/** The health of one pool. */
export class PoolHealthKeeper implements HealthKeeper {
  readonly #name: string
  readonly #passive: PassiveSettings
  readonly #effects: Effects
  #pool: PoolHealth = new Map()
  /** Is told when a standing has changed. */
  onChange: () => void = () => {}

  constructor(name: string, passive: PassiveSettings, effects: Effects) {
    this.#name = name
    this.#passive = passive
    this.#effects = effects
  }

  inherit(previous: HealthKeeper): void {
    if (previous instanceof PoolHealthKeeper) this.#pool = withoutTrials(previous.#pool)
  }

  retarget(origins: readonly string[]): void {
    this.#pool = carryOver(this.#pool, origins, this.#effects.clock.nowMs(), this.#passive)
  }

  standing(origin: string): Standing {
    const target = this.#pool.get(origin)
    return target ? standingOf(target, this.#effects.clock.nowMs(), this.#passive) : 'healthy'
  }

  backSinceMs(origin: string): number | undefined {
    const target = this.#pool.get(origin)
    return target && backSinceMs(target)
  }

  /** What is wrong with a target, for people. */
  trouble(origin: string): string | undefined {
    const target = this.#pool.get(origin)
    return target && troubleOf(target)
  }

  nextChangeMs(): number {
    const nowMs = this.#effects.clock.nowMs()
    let next = Infinity
    for (const target of this.#pool.values()) {
      const atMs = changesAtMs(target, this.#passive)
      // What was due before now has its effect in the standings as they are.
      if (atMs > nowMs) next = Math.min(next, atMs)
    }
    return next
  }

  begin(origin: string): boolean {
    if (this.#pool.get(origin)?.passive.phase !== 'out') return false
    const begun = startTrial(this.#pool, origin, this.#effects.clock.nowMs(), this.#passive)
    if (begun) this.#become(begun)
    return begun !== undefined
  }

  settle(origin: string, outcome: GatewayError | number, trial: boolean): void {
    const { clock, random } = this.#effects
    const change = trial ? settleTrial : observe
    this.#become(change(this.#pool, origin, observationOf(outcome), clock.nowMs(), random(), this.#passive))
  }

  /** Looks at the targets in the background until the signal is aborted. */
  watch(targets: () => readonly Target[], probe: Probe | undefined, signal: AbortSignal): void {
    if (this.#passive.deviation) void this.#compareOnAndOn(signal)
    if (probe) void this.#probeOnAndOn(targets, probe, signal)
  }

  async #compareOnAndOn(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#effects
    for (;;) {
      await clock.sleep(SWEEP_MS, signal)
      if (signal.aborted) return
      this.#become(sweep(this.#pool, clock.nowMs(), random(), this.#passive))
    }
  }

  /** One loop for each target, begun and ended as targets come and go. */
  async #probeOnAndOn(targets: () => readonly Target[], probe: Probe, signal: AbortSignal): Promise<void> {
    const loops = new Map<string, AbortController>()
    while (!signal.aborted) {
      const present = new Map(targets().map((target) => [target.origin, target]))
      for (const [origin, target] of present) {
        if (loops.has(origin)) continue
        const ending = new AbortController()
        loops.set(origin, ending)
        void this.#probeTarget(target, probe, AbortSignal.any([signal, ending.signal]))
      }
      for (const [origin, ending] of loops) {
        if (present.has(origin)) continue
        ending.abort()
        loops.delete(origin)
      }
      await this.#effects.clock.sleep(probe.fastIntervalMs, signal)
    }
  }

  async #probeTarget(target: Target, probe: Probe, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#effects
    await clock.sleep(firstProbeDelayMs(probe, random()), signal)
    while (!signal.aborted) {
      const verdict = await ask(target, probe, this.#effects, signal)
      if (signal.aborted) return
      this.#become(afterProbeOf(this.#pool, target.origin, verdict, clock.nowMs(), probe, this.#passive))
      const known = this.#pool.get(target.origin)
      await clock.sleep(known ? nextProbeDelayMs(known.active, probe, random()) : probe.intervalMs, signal)
    }
  }

  #become(pool: PoolHealth): void {
    if (pool === this.#pool) return
    const before = this.#pool
    this.#pool = pool
    for (const [origin, target] of pool) {
      const known = before.get(origin)
      if (known && wellness(known) !== wellness(target)) this.#tell(origin, target)
    }
    this.onChange()
  }

  #tell(target: string, health: TargetHealth): void {
    this.#effects.observe({ kind: 'target-health', upstream: this.#name, target, well: wellness(health) === 'well', reason: troubleOf(health) ?? 'well again' })
  }
}

/** What an operator is told of when it changes. Another ejection after a failed trial is news too. */
function wellness({ active, passive }: TargetHealth): string {
  if (active.status === 'unhealthy') return 'unhealthy'
  return passive.phase === 'out' ? `out ${passive.timesEjected}` : 'well'
}
