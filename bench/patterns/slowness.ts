// How long an engine that goes back over a text takes for an expression, at the worst that many inputs could find.
import { emitPattern } from '../../src/waf/patterns/emit.js'
import type { Node } from '../../src/waf/patterns/syntax.js'
import { edgeBytes, sampleMatch } from './sample.js'

/** The longest text that such an engine is given. */
export const LONGEST = 4096
const FIRST_LENGTH = 256
const SAMPLES = 40
const COMMON = ['\n', ' ', '\t', 'a', '0', '.', '-', '/', '<', "'", '"', '\\', '(', '=', ';', '$', '%', '_', ',', '\xa0']

/** The worst time in milliseconds at the full length, and the text that took it. Stops at what is beyond `enoughMs`. */
export function worstTimeMs(node: Node, dice: () => number, enoughMs: number): { readonly ms: number; readonly text: string } {
  const regex = new RegExp(emitPattern(node))
  let worst = { ms: 0, text: '' }
  for (const attack of attacks(node, dice)) {
    const ms = grownTimeMs(regex, attack, enoughMs)
    if (ms > worst.ms) worst = { ms, text: attack(24) }
    if (worst.ms > enoughMs) break
  }
  return worst
}

type Attack = (length: number) => string

/** A start, something repeated up to the length, and an end that keeps the whole from matching. */
function* attacks(node: Node, dice: () => number): Iterable<Attack> {
  const samples = Array.from({ length: SAMPLES }, () => sampleMatch(node, dice).slice(0, 120))
  const pieces = new Set([...COMMON, ...[...edgeBytes(node)].map((byte) => String.fromCharCode(byte))])
  for (const sample of samples) {
    for (let tries = 0; tries < 8; tries++) {
      const from = Math.floor(dice() * sample.length)
      pieces.add(sample.slice(from, from + 1 + Math.floor(dice() * 8)))
    }
  }
  pieces.delete('')
  for (const piece of pieces) {
    yield repeated('', piece, '')
    yield repeated('', piece, '\0')
    for (let tries = 0; tries < 6; tries++) {
      const sample = samples[Math.floor(dice() * samples.length)]!
      yield repeated(sample.slice(0, Math.floor(dice() * (sample.length + 1))), piece, ['', '\0', '!', '\n'][Math.floor(dice() * 4)]!)
    }
  }
}

function repeated(start: string, piece: string, end: string): Attack {
  return (length) => `${start}${piece.repeat(Math.max(1, Math.ceil((length - start.length - end.length) / piece.length)))}${end}`.slice(0, length - end.length) + end
}

/** Doubles the length while it is cheap, so that a cubic expression is found before it takes minutes. */
function grownTimeMs(regex: RegExp, attack: Attack, enoughMs: number): number {
  for (let length = FIRST_LENGTH; ; length *= 2) {
    const ms = timeMs(regex, attack(length))
    const share = length / LONGEST
    if (length >= LONGEST || ms > enoughMs) return ms > enoughMs || length >= LONGEST ? ms : 0
    // What is linear stays below this all the way; only the rest is worth a longer text.
    if (ms < enoughMs * share * share * 0.5) return ms / share
  }
}

function timeMs(regex: RegExp, text: string): number {
  let best = Infinity
  for (let round = 0; round < 2; round++) {
    const start = performance.now()
    regex.test(text)
    best = Math.min(best, performance.now() - start)
  }
  return best
}
