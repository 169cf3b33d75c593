// Whom a request goes to: the policy's choice, but for targets that are full, or warm up and do not take its key.
import type { Candidate, PickInput, Picker } from './policy.js'
import { stirred } from './hash/murmur3.js'

/** Pickers in the order in which they are asked. The second serves where nobody of the first can. */
export interface Pickers {
  readonly picker: Picker
  readonly reserve: Picker
}

/**
 * `allows` tells whether a target takes another request at all. One that takes a part of its keys only passes the others on
 * as if it had been tried, and has them all the same where nobody else of its picker is left.
 */
export function choose({ picker, reserve }: Pickers, input: PickInput, allows: ((candidate: Candidate) => boolean) | undefined): Candidate | undefined {
  const first = picker.pick(input) ?? reserve.pick(input)
  if (!first || takes(first, input, allows)) return first
  let spare: Candidate | undefined
  const passed = [...input.tried]
  const again = { ...input, tried: passed }
  for (const each of [picker, reserve]) {
    for (let chosen = each.pick(again); chosen; chosen = each.pick(again)) {
      if (takes(chosen, input, allows)) return chosen
      if (!spare && (!allows || allows(chosen))) spare = chosen
      passed.push(chosen.target)
    }
    if (spare) return spare
  }
  return undefined
}

function takes(candidate: Candidate, { hash, random, nowMs }: PickInput, allows: ((candidate: Candidate) => boolean) | undefined): boolean {
  if (allows && !allows(candidate)) return false
  const { part } = candidate
  return part === undefined || (hash === undefined ? random() : stirred(hash ^ part.seed) / 2 ** 32) < part.at(nowMs)
}
