// How many requests a pool can have under way before they only wait for one another, learned from how long they take.
import { isOver } from '../health/span.js'

export interface ConcurrencySettings {
  /** Default 20. */
  readonly initialLimit: number
  /** Default 5. */
  readonly minLimit: number
  /** Default 1024. */
  readonly maxLimit: number
  /** How many times as long as alone a request may take before the limit goes down. Default 1.5. */
  readonly tolerance: number
  /** The limit is learned once for each such span. Default 500 ms. */
  readonly windowMs: number
  /** Requests without which a span is made longer. Default 10. */
  readonly minSamples: number
  /** Every so many lessons, one is taken at a third of the limit, to measure anew how long a request takes alone. Default 60. */
  readonly probeEvery: number
}

export const DEFAULT_CONCURRENCY: ConcurrencySettings = { initialLimit: 20, minLimit: 5, maxLimit: 1024, tolerance: 1.5, windowMs: 500, minSamples: 10, probeEvery: 60 }

/** One request that has ended. */
export interface Sample {
  /** Up to the head of the answer. */
  readonly rttMs: number
  /** Requests under way when it began, itself included. */
  readonly inFlight: number
  /** Whether it was given up or refused for overload: a timeout, or 503. How long that took tells nothing. */
  readonly dropped: boolean
}

/** Plain values. `samples` is written in place: between two lessons a request makes no object. */
export interface Concurrency {
  /** Requests that may be under way now. */
  readonly limit: number
  /** What was learned. It has a fraction, without which it could not move slowly, and stays while a probe lowers the limit. */
  readonly learned: number
  /** How long a request takes that does not wait for others; undefined before the first lesson. */
  readonly baseMs: number | undefined
  /** Whether nothing has slowed down yet since the beginning, or since the limit was at its lowest. Until then it doubles. */
  readonly isStarting: boolean
  /** Lessons until the next probe; 0 while one is on. */
  readonly untilProbe: number
  readonly samples: Samples
}

interface Samples {
  sinceMs: number
  answered: number
  dropped: number
  rttSumMs: number
  maxInFlight: number
}

/** Lessons before a probe that is to come soon: the first, for the base may have been measured under overload, and those after one that found so. */
const SOON = 6
/** Part of the limit that a probe leaves: few enough for nobody to wait, and not so few that a busy pool stands still. */
const PROBE_PART = 1 / 3
/** With a probe that is faster than this part of the base, the base is far off, and the next probe may find it farther still. */
const OFF_PART = 0.9
/** Least part of the limit that one lesson aims at. */
const MIN_GRADIENT = 0.5
/** What it aims at after dropped requests. */
const DROP_GRADIENT = 0.9
/** How far the limit moves to what it aims at. */
const STEP = 0.4
/** With less than this part of the limit under way, the limit is not what holds requests up. */
const USED_PART = 0.5
/** Differences of so little are noise of timers, not load. */
const NOISE_MS = 2

export function initialConcurrency(nowMs: number, settings: ConcurrencySettings): Concurrency {
  const learned = clamp(settings.initialLimit, settings.minLimit, settings.maxLimit)
  return { limit: Math.floor(learned), learned, baseMs: undefined, isStarting: true, untilProbe: SOON, samples: { sinceMs: nowMs, answered: 0, dropped: 0, rttSumMs: 0, maxInFlight: 0 } }
}

/** After each request; the same object until a span is over. */
export function learn(state: Concurrency, sample: Sample, nowMs: number, settings: ConcurrencySettings): Concurrency {
  const { samples, limit, untilProbe } = state
  // What began before the limit was lowered would tell of the load that was on then.
  if (untilProbe === 0 && sample.inFlight > limit) return state
  take(samples, sample)
  if (samples.answered + samples.dropped < settings.minSamples || !isOver(samples.sinceMs, settings.windowMs, nowMs)) return state
  const next = afterLesson(state, settings)
  startAnew(samples, nowMs)
  return next
}

function take(samples: Samples, { rttMs, inFlight, dropped }: Sample): void {
  if (dropped) samples.dropped++
  else {
    samples.answered++
    samples.rttSumMs += rttMs
  }
  if (inFlight > samples.maxInFlight) samples.maxInFlight = inFlight
}

function startAnew(samples: Samples, nowMs: number): void {
  samples.sinceMs = nowMs
  samples.answered = 0
  samples.dropped = 0
  samples.rttSumMs = 0
  samples.maxInFlight = 0
}

function afterLesson(state: Concurrency, settings: ConcurrencySettings): Concurrency {
  const { limit, samples, untilProbe } = state
  const { minLimit, maxLimit, probeEvery } = settings
  const isUsed = samples.maxInFlight >= limit * USED_PART
  const baseMs = nextBaseMs(state, isUsed, minLimit)
  const gradient = gradientOf(samples, baseMs, settings.tolerance)
  const isStarting = gradient === 1 && (state.isStarting || state.learned <= minLimit)
  const aim = untilProbe === 0 ? state.learned : nextLimit(state.learned, gradient, isStarting, isUsed, samples.dropped > 0)
  const learned = clamp(aim, minLimit, maxLimit)
  const isFarOff = baseMs !== undefined && state.baseMs !== undefined && baseMs < state.baseMs * OFF_PART
  const lessonsLeft = untilProbe > 0 ? untilProbe - 1 : isFarOff ? Math.min(SOON, probeEvery) : probeEvery
  return { limit: Math.floor(lessonsLeft === 0 ? Math.max(minLimit, learned * PROBE_PART) : learned), learned, baseMs, isStarting, untilProbe: lessonsLeft, samples }
}

/** 1 where requests take no longer than they may, less where they do. */
function gradientOf({ answered, dropped, rttSumMs }: Samples, baseMs: number | undefined, tolerance: number): number {
  const slowness = answered === 0 || baseMs === undefined ? 1 : clamp((baseMs * tolerance + NOISE_MS) / (rttSumMs / answered + NOISE_MS), MIN_GRADIENT, 1)
  return dropped > 0 ? Math.min(slowness, DROP_GRADIENT) : slowness
}

function nextLimit(learned: number, gradient: number, isStarting: boolean, isUsed: boolean, hasDropped: boolean): number {
  if (hasDropped) return learned + (learned * gradient - learned) * STEP
  // A pool that is not used up says nothing about more than it has under way, and if it is slow the limit is not the reason.
  if (!isUsed) return learned
  if (isStarting) return learned * 2
  // Room for a queue, without which the limit could never grow. There is none where requests take far too long.
  const room = gradient === MIN_GRADIENT ? 0 : Math.sqrt(learned)
  return learned + (learned * gradient + room - learned) * STEP
}

/**
 * The base follows what is measured at little load: in a probe, or where the limit is as low as it gets. At other times
 * it follows whatever is faster, and, slowly, what is slower while little is under way. Never what is slower at full
 * load: a pool that is overloaded for long would take the time that requests wait for one another for the time that they
 * need, and let in more and more.
 */
function nextBaseMs({ baseMs, samples: { answered, rttSumMs }, untilProbe, learned }: Concurrency, isUsed: boolean, minLimit: number): number | undefined {
  if (answered === 0) return baseMs
  const rttMs = rttSumMs / answered
  if (baseMs === undefined) return rttMs
  const isMeasure = untilProbe === 0 || learned <= minLimit
  const weight = rttMs < baseMs ? (isMeasure ? 1 : 0.2) : isMeasure ? 0.75 : isUsed ? 0 : 0.05
  return baseMs + (rttMs - baseMs) * weight
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}
