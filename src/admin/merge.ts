// What several processes know of their pools as one.
import type { Family, Point } from '../observe/metrics/family.js'
import { quantile } from '../observe/metrics/histogram.js'
import type { TargetState } from '../operator.js'
import type { NamedPool } from './command.js'

/** A target as the admin listener shows it: with what its attempts came to since the start. */
export interface ShownTarget extends TargetState {
  readonly attempts: number
  readonly errors: number
  /** Times to the head of an answer that half and 95 % of the attempts were within, as far as buckets tell. */
  readonly p50Ms: number | undefined
  readonly p95Ms: number | undefined
}

const WORST: readonly TargetState['health'][] = ['healthy', 'half-open', 'ejected', 'unhealthy']
const WORST_CIRCUIT = [undefined, 'closed', 'ramp', 'half-open', 'open'] as const

/** What is under way adds up; of health and circuits, which each process finds for itself, the worst is shown. */
export function mergePools(processes: readonly (readonly NamedPool[])[]): NamedPool[] {
  const merged = new Map<string, NamedPool>()
  for (const pool of processes.flat()) {
    const known = merged.get(pool.name)
    merged.set(pool.name, known ? together(known, pool) : pool)
  }
  return [...merged.values()]
}

function together(a: NamedPool, b: NamedPool): NamedPool {
  const others = new Map(b.targets.map((target) => [target.id, target]))
  const shared = a.targets.map((target) => {
    const other = others.get(target.id)
    return other ? { ...target, health: worse(WORST, target.health, other.health), trouble: target.trouble ?? other.trouble, draining: target.draining || other.draining, inFlight: target.inFlight + other.inFlight } : target
  })
  const known = new Set(a.targets.map(({ id }) => id))
  return { name: a.name, inFlight: a.inFlight + b.inFlight, pending: a.pending + b.pending, circuit: worse(WORST_CIRCUIT, a.circuit, b.circuit), targets: [...shared, ...b.targets.filter(({ id }) => !known.has(id))] }
}

function worse<T>(order: readonly T[], a: T, b: T): T {
  return order.indexOf(a) >= order.indexOf(b) ? a : b
}

/** The pools with what their attempts came to. */
export function withTimes(pools: readonly NamedPool[], families: readonly Family[]): (Omit<NamedPool, 'targets'> & { readonly targets: readonly ShownTarget[] })[] {
  const pointsOf = (name: string): readonly Point[] => families.find((family) => family.name === name)?.points ?? []
  const times = pointsOf('http.client.request.duration')
  const failures = pointsOf('fetchgate.upstream.errors')
  return pools.map((pool) => ({
    ...pool,
    targets: pool.targets.map((target) => {
      const isIts = ({ attributes }: Point): boolean => attributes['fetchgate.upstream'] === pool.name && attributes['server.address'] === target.id
      const counts = times.filter(isIts).reduce<readonly number[]>((sum, { counts: some = [] }) => some.map((count, i) => count + (sum[i] ?? 0)), [])
      const errors = failures.filter(isIts).reduce((sum, { value }) => sum + value, 0)
      return { ...target, attempts: counts.reduce((sum, count) => sum + count, 0) + errors, errors, p50Ms: milliseconds(quantile(counts, 0.5)), p95Ms: milliseconds(quantile(counts, 0.95)) }
    }),
  }))
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 100_000) / 100
}
