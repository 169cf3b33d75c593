// Spreads a time at random, so that what began together does not go on together.

/** The time made longer or shorter by up to so many percent; `roll` is in [0, 1), and 0.5 leaves it as it is. */
export function jittered(timeMs: number, percent: number, roll: number): number {
  return timeMs * (1 + ((2 * roll - 1) * percent) / 100)
}
