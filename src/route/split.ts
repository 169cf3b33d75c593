// Which arm of a traffic split serves a request.
import type { RequestKey } from '../config/request-key.js'
import type { Exchange } from '../exchange.js'
import { keyPoint, requestKey } from '../request-key.js'

/** An arm takes the points from the arm before it up to, and without, its own end; the last one ends at 1. */
export interface Arm<T> {
  readonly upTo: number
  readonly forward: T
}

/** The arm for a point in [0, 1). */
export function chooseArm<T>(arms: readonly Arm<T>[], point: number): T {
  return (arms.find(({ upTo }) => point < upTo) ?? arms.at(-1)!).forward
}

/** The point of a request. A client keeps its place by its key; one without the key gets a place by chance. */
export function splitPoint(exchange: Exchange, by: RequestKey | undefined, random: () => number): number {
  const key = by && requestKey(exchange, by)
  return key === undefined ? random() : keyPoint(key)
}
