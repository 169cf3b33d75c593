// Candidates laid end to end, each as long as its weight: how a point becomes one of them. Points are whole numbers below 2^31, which a call passes on without an allocation.
import type { Server } from '../../ports.js'
import { stirred } from '../hash/murmur3.js'
import { type Candidate, isTried } from '../policy.js'

/** Stretches laid end to end. `ends[i]` is where the i-th ends; the line ends with the last, at `total`. */
export interface Stretches {
  readonly ends: Uint32Array
  readonly total: number
  /** Of as many equal parts of the line as there are stretches: the index at the beginning of each part, and the last index. */
  readonly guide: Uint32Array
}

/** Only candidates that have weight. `weight` is that of all of them. */
export interface Line extends Stretches {
  readonly candidates: readonly Candidate[]
  readonly weight: number
}

/** How long a line of candidates is, whatever they weigh: fine enough for shares of a billionth. */
const LENGTH = 2 ** 30

/** How often chance may hit a tried candidate before the others are looked for one by one. */
const DRAWS = 4

export function lineOf(candidates: readonly Candidate[]): Line {
  const weighted = candidates.filter(({ weight }) => weight > 0)
  const weight = weighted.reduce((sum, candidate) => sum + candidate.weight, 0)
  let end = 0
  const ends = Uint32Array.from(weighted, (candidate) => Math.round(((end += candidate.weight) / weight) * LENGTH))
  return { candidates: weighted, weight, ...guided(ends) }
}

/** Lengths are whole numbers; their sum is below 2^31. */
export function stretchesOf(lengths: readonly number[]): Stretches {
  let end = 0
  return guided(Uint32Array.from(lengths, (length) => (end += length)))
}

function guided(ends: Uint32Array): Stretches {
  const count = ends.length
  const total = ends.at(-1) ?? 0
  const guide = new Uint32Array(count + 1)
  for (let part = 0, index = 0; part < count; part++) {
    while (ends[index]! * count <= part * total) index++
    guide[part] = index
  }
  guide[count] = Math.max(0, count - 1)
  return { ends, total, guide }
}

/** The index whose stretch holds the point. Mostly one look; O(log n) where many short stretches stand together. */
export function indexAt({ ends, total, guide }: Stretches, point: number): number {
  const part = Math.floor((point * ends.length) / total)
  let low = guide[part]!
  let high = guide[part + 1]!
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ends[middle]! > point) high = middle
    else low = middle + 1
  }
  return low
}

/** A point of a line by chance. Random numbers are the dearest part of a pick: one is enough for all of it. */
export function rollOf(random: () => number): number {
  return Math.floor(random() * LENGTH)
}

/** Another one, as good as by chance. */
export function nextRoll(roll: number): number {
  return stirred(roll + 0x9e3779b9) >>> 2
}

/** The index of one that was not tried, by chance and weight; -1 when there is none. */
export function draw(line: Line, roll: number, tried: readonly Server[]): number {
  const { candidates } = line
  if (candidates.length === 0) return -1
  let next = roll
  for (let i = 0; i < DRAWS; i++) {
    const index = indexAt(line, next)
    if (!isTried(candidates[index]!, tried)) return index
    next = nextRoll(next)
  }
  let left = 0
  for (const candidate of candidates) if (!isTried(candidate, tried)) left += candidate.weight
  let point = (next / LENGTH) * left
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
export function drawOther(line: Line, index: number, roll: number): number {
  const { ends, total } = line
  const start = index === 0 ? 0 : ends[index - 1]!
  const length = ends[index]! - start
  const point = Math.floor((roll / LENGTH) * (total - length))
  const other = indexAt(line, point < start ? point : point + length)
  return other === index ? (index + 1) % ends.length : other
}

/** All of them in a random order in which the heavier tend to come first. */
export function shuffled({ candidates }: Line, random: () => number): Candidate[] {
  const keyed = candidates.map((candidate) => ({ candidate, key: -Math.log(1 - random()) / candidate.weight }))
  return keyed.sort((a, b) => a.key - b.key).map(({ candidate }) => candidate)
}
