// Candidates laid end to end, each as long as its weight: how a point becomes one of them.
import type { Server } from '../../ports.js'
import { type Candidate, isTried } from '../policy.js'

/** Stretches laid end to end. `ends[i]` is where the i-th ends; the line ends with the last. */
export interface Stretches {
  readonly ends: Float64Array
  /** Of as many equal parts of the line as there are stretches: the index at the beginning of each part, and the last index. */
  readonly guide: Uint32Array
}

/** Only candidates that have weight. */
export interface Line extends Stretches {
  readonly candidates: readonly Candidate[]
  readonly total: number
}

/** How often chance may hit a tried candidate before the others are looked for one by one. */
const DRAWS = 4

export function lineOf(candidates: readonly Candidate[]): Line {
  const weighted = candidates.filter(({ weight }) => weight > 0)
  const stretches = stretchesOf(weighted.map(({ weight }) => weight))
  return { candidates: weighted, ...stretches, total: stretches.ends.at(-1) ?? 0 }
}

export function stretchesOf(lengths: readonly number[]): Stretches {
  let end = 0
  const ends = Float64Array.from(lengths, (length) => (end += length))
  const guide = new Uint32Array(lengths.length + 1)
  for (let part = 0, index = 0; part < lengths.length; part++) {
    while (ends[index]! <= (part * end) / lengths.length) index++
    guide[part] = index
  }
  guide[lengths.length] = Math.max(0, lengths.length - 1)
  return { ends, guide }
}

/** The index whose stretch holds the point. Mostly one look; O(log n) where many short stretches stand together. */
export function indexAt({ ends, guide }: Stretches, point: number): number {
  const part = Math.min(ends.length - 1, Math.floor((point * ends.length) / ends[ends.length - 1]!))
  let low = guide[part]!
  let high = guide[part + 1]!
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ends[middle]! > point) high = middle
    else low = middle + 1
  }
  return low
}

/** The index of one that was not tried, by chance and weight; -1 when there is none. */
export function draw(line: Line, random: () => number, tried: readonly Server[]): number {
  const { candidates, total } = line
  if (candidates.length === 0) return -1
  for (let i = 0; i < DRAWS; i++) {
    const index = indexAt(line, random() * total)
    if (!isTried(candidates[index]!, tried)) return index
  }
  let left = 0
  for (const candidate of candidates) if (!isTried(candidate, tried)) left += candidate.weight
  let point = random() * left
  let last = -1
  for (let i = 0; i < candidates.length; i++) {
    if (isTried(candidates[i]!, tried)) continue
    last = i
    point -= candidates[i]!.weight
    if (point < 0) break
  }
  return last
}

/** Another one than `index`, by chance and weight. There must be two. */
export function drawOther(line: Line, index: number, random: () => number): number {
  const { ends, total } = line
  const start = index === 0 ? 0 : ends[index - 1]!
  const length = ends[index]! - start
  const point = random() * (total - length)
  const other = indexAt(line, point < start ? point : point + length)
  return other === index ? (index + 1) % ends.length : other
}

/** All of them in a random order in which the heavier tend to come first. */
export function shuffled({ candidates }: Line, random: () => number): Candidate[] {
  const keyed = candidates.map((candidate) => ({ candidate, key: -Math.log(1 - random()) / candidate.weight }))
  return keyed.sort((a, b) => a.key - b.key).map(({ candidate }) => candidate)
}
