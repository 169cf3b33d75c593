// The ways to count, by the name of their setting.
import type { Algorithm } from './counter.js'
import { fixedWindow } from './fixed-window.js'
import { gcra } from './gcra.js'
import { slidingWindow } from './sliding-window.js'

export const ALGORITHMS = { gcra, 'fixed-window': fixedWindow, 'sliding-window': slidingWindow } as const satisfies Readonly<Record<string, Algorithm>>

export type AlgorithmName = keyof typeof ALGORITHMS
