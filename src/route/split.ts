// Which arm of a traffic split serves a request.

/** An arm takes the points from the arm before it up to, and without, its own end; the last one ends at 1. */
export interface Arm<T> {
  readonly upTo: number
  readonly forward: T
}

/** The arm for a point in [0, 1). */
export function chooseArm<T>(arms: readonly Arm<T>[], point: number): T {
  return (arms.find(({ upTo }) => point < upTo) ?? arms.at(-1)!).forward
}
