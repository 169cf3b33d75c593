// Pools for tests of the balancing policies: targets, candidates with any load, and a source of chance that can be replayed.
import fc from 'fast-check'
import { seeded as chance } from '../../bench/simulate/chance.js'
import type { Candidate, PickInput, Target } from '../../src/balance/policy.js'

export { chance }

export type Settings = Partial<Omit<Target, 'origin'>>

export function targetAt(n: number, rest: Settings = {}): Target {
  return { origin: `http://10.0.${n >> 8}.${n & 255}:8080`, authority: `10.0.${n >> 8}.${n & 255}:8080`, secure: false, hostname: `10.0.${n >> 8}.${n & 255}`, port: 8080, weight: 1, ...rest }
}

/** A candidate whose load the test moves. */
export interface TestCandidate extends Candidate {
  readonly load: { inFlight: number; latency: Candidate['load']['latency'] }
}

/** One candidate for each weight. */
export function poolOf(weights: readonly number[], inFlight: readonly number[] = []): TestCandidate[] {
  return weights.map((weight, n) => ({ target: targetAt(n, { weight }), weight, load: { inFlight: inFlight[n] ?? 0, latency: undefined } }))
}

export const equalPool = (size: number): TestCandidate[] => poolOf(Array.from({ length: size }, () => 1))

export function inputOf(rest: Partial<PickInput> = {}): PickInput {
  return { tick: 0, random: chance(1), hash: undefined, nowMs: 0, inFlight: 0, tried: [], ...rest }
}

export const inFlightOf = (candidates: readonly Candidate[]): number => candidates.reduce((sum, { load }) => sum + load.inFlight, 0)

/** How often each candidate was picked. */
export function tally(candidates: readonly Candidate[], picks: number, pick: (i: number) => Candidate | undefined): number[] {
  const counts = new Map<Candidate | undefined, number>()
  for (let i = 0; i < picks; i++) {
    const picked = pick(i)
    counts.set(picked, (counts.get(picked) ?? 0) + 1)
  }
  return candidates.map((candidate) => counts.get(candidate) ?? 0)
}

/**
 * How far counts are from shares: chi-square in standard deviations above its mean. Chance alone goes beyond 5 about once
 * in a million times; a share that is wrong by a tenth goes far beyond with the numbers that these tests use.
 */
export function surprise(counts: readonly number[], shares: readonly number[]): number {
  const [picks, total] = [counts.reduce((a, b) => a + b, 0), shares.reduce((a, b) => a + b, 0)]
  const chiSquare = counts.reduce((sum, count, i) => {
    const expected = (picks * shares[i]!) / total
    return sum + (expected === 0 ? (count === 0 ? 0 : Infinity) : (count - expected) ** 2 / expected)
  }, 0)
  const freedom = shares.filter((share) => share > 0).length - 1
  return freedom === 0 ? 0 : (chiSquare - freedom) / Math.sqrt(2 * freedom)
}

/** Keys as hashes, spread like those of real keys. */
export const hashes = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.floor(chance(i)() * 2 ** 32))

const arbitraryWeight = fc.oneof(fc.nat(5), fc.nat(256), fc.double({ min: 0.01, max: 10, noNaN: true }))

/** Pools of up to 40 candidates with weights from 0 and any load. */
export const arbitraryPool = fc.array(fc.record({ weight: arbitraryWeight, inFlight: fc.nat(20), latencyMs: fc.option(fc.nat(1000), { nil: undefined }) }), { maxLength: 40, size: 'max' }).map((items) =>
  items.map(({ weight, inFlight, latencyMs }, n): TestCandidate => ({ target: targetAt(n, { weight }), weight, load: { inFlight, latency: latencyMs === undefined ? undefined : { latencyMs, atMs: 0 } } })),
)
