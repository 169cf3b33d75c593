// The values of a list of variables: those it names, without those it leaves out.
import type { PhraseFinder } from '../patterns/phrases.js'
import type { Chain } from '../rules/chains.js'
import type { Exclusion, TargetSet, Term } from '../rules/program.js'
import type { Facts } from './facts.js'
import { Value } from './value.js'

/** What the terms of rules hold for one transaction, each looked up once. */
export class Findings {
  readonly #facts: Facts
  readonly #finder: PhraseFinder
  readonly #values: (readonly Value[] | undefined)[] = []
  /** By term and row of transformations: the bits of what may match any of the term's values. */
  readonly #unions: ((Int32Array | undefined)[] | undefined)[] = []

  constructor(facts: Facts, finder: PhraseFinder) {
    this.#facts = facts
    this.#finder = finder
  }

  /** False where no value of the list has what the bit stands for: one look tells that a rule cannot match. */
  mayMatch({ terms }: TargetSet, chain: Chain, bit: number): boolean {
    const word = bit >> 5
    const mask = 1 << (bit & 31)
    for (const term of terms) {
      if ((this.#union(term, chain)[word]! & mask) !== 0) return true
    }
    return false
  }

  valuesOf({ terms, excluded }: TargetSet): readonly Value[] {
    if (terms.length === 1 && excluded.length === 0) return this.#held(terms[0]!)
    const values = terms.flatMap((term) => this.#held(term))
    return excluded.length === 0 ? values : values.filter((value) => !isExcluded(value, excluded))
  }

  /** Forgets what a later phase may see otherwise. */
  forget(terms: readonly Term[]): void {
    for (const { id, variable } of terms) {
      if (variable.ofHead) continue
      this.#values[id] = undefined
      this.#unions[id] = undefined
    }
  }

  #held(term: Term): readonly Value[] {
    return term.variable.volatile ? valuesOf(this.#facts, term) : (this.#values[term.id] ??= valuesOf(this.#facts, term))
  }

  #union(term: Term, chain: Chain): Int32Array {
    const ofTerm = (this.#unions[term.id] ??= [])
    return (ofTerm[chain.id] ??= this.#unionOf(this.#held(term), chain))
  }

  #unionOf(values: readonly Value[], chain: Chain): Int32Array {
    if (values.length === 0) return this.#finder.none
    if (values.length === 1) return values[0]!.after(chain).candidates(this.#finder)
    const union = new Int32Array(this.#finder.none.length)
    for (const value of values) {
      const bits = value.after(chain).candidates(this.#finder)
      if (bits === this.#finder.none) continue
      for (let word = 0; word < union.length; word++) union[word]! |= bits[word]!
    }
    return union
  }
}

function valuesOf(facts: Facts, { name, counted, chooses, slot }: Term): readonly Value[] {
  if (slot !== undefined) return variableAt(facts, slot, counted)
  const all = facts.valuesOf(name)
  const chosen = chooses ? all.filter(({ lowerKey }) => chooses(lowerKey)) : all
  return counted ? [new Value(`&${name}`, '', String(chosen.length))] : chosen
}

function variableAt(facts: Facts, slot: number, counted: boolean): readonly Value[] {
  const text = facts.slots[slot]
  const key = facts.layout.names[slot]!
  if (counted) return [new Value('&TX', key, text === undefined ? '0' : '1')]
  return text === undefined ? [] : [new Value('TX', key, text)]
}

export function isExcluded({ variable, lowerKey }: Value, excluded: readonly Exclusion[]): boolean {
  return excluded.some(({ name, chooses }) => name === variable && (!chooses || chooses(lowerKey)))
}
