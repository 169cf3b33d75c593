// Good and bad outcomes of the last seconds, in a fixed number of slots, so that counting and forgetting cost the same however many there are.

const SLOTS = 10

/**
 * Counts of a sliding window. Plain numbers, but written in place: every request adds one, and a copy for each would be
 * the dearest thing on its way. It belongs to whoever holds the state that it is part of.
 */
export interface Window {
  /** Number of the newest slot since 1970. */
  slot: number
  readonly good: number[]
  readonly bad: number[]
  /** Sums of the slots. */
  goods: number
  bads: number
}

export function emptyWindow(): Window {
  return { slot: 0, good: new Array<number>(SLOTS).fill(0), bad: new Array<number>(SLOTS).fill(0), goods: 0, bads: 0 }
}

/** Adds one outcome. */
export function count(window: Window, isGood: boolean, nowMs: number, windowMs: number): void {
  forgetOld(window, nowMs, windowMs)
  const at = window.slot % SLOTS
  if (isGood) {
    window.good[at]!++
    window.goods++
  } else {
    window.bad[at]!++
    window.bads++
  }
}

/**
 * Takes out what is older than the window. A clock set back by less than the window counts on in the newest slot; set
 * back further it starts the window anew, as any other jump does, for no time would come at which those counts are old.
 */
export function forgetOld(window: Window, nowMs: number, windowMs: number): void {
  const slot = Math.floor((nowMs * SLOTS) / windowMs)
  const ahead = slot - window.slot
  if (ahead === 0 || (ahead < 0 && ahead > -SLOTS)) return
  if (ahead >= SLOTS || ahead < 0) clear(window)
  else for (let passed = window.slot + 1; passed <= slot; passed++) dropSlot(window, passed % SLOTS)
  window.slot = slot
}

export function clear(window: Window): void {
  window.good.fill(0)
  window.bad.fill(0)
  window.goods = 0
  window.bads = 0
}

/** When an outcome is too often bad to be chance. */
export interface FailureRatio {
  /** Fewer outcomes than this in the window are not judged. Default 20. */
  readonly minSamples: number
  /** Share of bad ones from which on it is too much, in percent. Default 50. */
  readonly percent: number
}

export function exceeds({ goods, bads }: Window, { minSamples, percent }: FailureRatio): boolean {
  const samples = goods + bads
  return samples > 0 && samples >= minSamples && bads * 100 >= samples * percent
}

function dropSlot(window: Window, at: number): void {
  window.goods -= window.good[at]!
  window.bads -= window.bad[at]!
  window.good[at] = 0
  window.bad[at] = 0
}
