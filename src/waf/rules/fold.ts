// What of a rule set is the same for every request: settled once, so that the gates of paranoia levels, defaults and switched-off parts cost nothing.
import { makeOperator } from '../operators/table.js'
import { assigned } from '../engine/run.js'
import type { Assignment } from '../seclang/assignment.js'
import type { EngineMode } from '../seclang/control.js'
import { constantText, type Macro, readMacro } from '../seclang/macro.js'
import type { Entry, Phase, Rule, RuleLink } from './rule.js'

export interface Folded {
  /** Those that still have to be asked, in order. */
  readonly entries: readonly Entry[]
  /** Of `TX`, by lower-case name, at the start of each transaction. */
  readonly initial: ReadonlyMap<string, string>
  /** The text of a variable that no request changes; undefined for others. */
  readonly constant: (name: string) => string | undefined
  readonly mode: EngineMode
}

const PHASES: readonly Phase[] = [1, 2, 3, 4, 5]

/** Follows the rules with what is known without a request. A rule is settled where all it asks is known, it tells nothing, and it always comes to it. */
export function foldRules(entries: readonly Entry[], mode: EngineMode): Folded {
  const knowledge = new Knowledge(mode)
  const settled = new Set<Rule>()
  for (const phase of PHASES) foldPhase(entries, phase, knowledge, settled)
  return {
    entries: entries.filter((entry) => entry.kind === 'marker' || !settled.has(entry)),
    initial: knowledge.values, mode: knowledge.mode,
    constant: (name) => (knowledge.isKnown(name) ? (knowledge.values.get(name) ?? '') : undefined),
  }
}

function foldPhase(entries: readonly Entry[], phase: Phase, knowledge: Knowledge, settled: Set<Rule>): void {
  /** Markers up to which rules are passed over: always, or in some requests. */
  let skipped: string | undefined
  const uncertain = new Set<string>()
  let uncertainRules = 0
  for (const entry of entries) {
    if (entry.kind === 'marker') {
      if (entry.name === skipped) skipped = undefined
      uncertain.delete(entry.name)
      continue
    }
    if (entry.phase !== phase) continue
    if (skipped !== undefined) {
      settled.add(entry)
      continue
    }
    const certain = uncertain.size === 0 && uncertainRules === 0
    if (uncertainRules > 0) uncertainRules--
    const outcome = certain ? knowledge.settle(entry) : knowledge.refuted(entry) ? false : undefined
    if (outcome === undefined) {
      knowledge.leave(entry)
      if (entry.skipAfter !== undefined) uncertain.add(entry.skipAfter)
      uncertainRules = Math.max(uncertainRules, entry.skip)
      continue
    }
    settled.add(entry)
    if (outcome) skipped = entry.skipAfter
  }
}

/** What is known of the variables of `TX` at one point of the rules. */
class Knowledge {
  readonly values = new Map<string, string>()
  mode: EngineMode
  readonly #changing = new Set<string>()
  /** Beginnings of names that are put together from requests. */
  readonly #changingBeginnings = new Set<string>()
  /** Names that rules have looked at before: these must not begin as what is assigned to them later. */
  readonly #looked = new Set<string>()
  #lookedAtAll = false

  constructor(mode: EngineMode) {
    this.mode = mode
    for (let group = 0; group < 10; group++) this.#changing.add(String(group))
  }

  isKnown(name: string): boolean {
    return !this.#changing.has(name) && ![...this.#changingBeginnings].some((beginning) => name.startsWith(beginning))
  }

  /** Whether the rule matches, with what follows from it noted; undefined where that takes a request. */
  settle(rule: Rule): boolean | undefined {
    if (rule.keeps || rule.skip > 0 || (rule.disruption.kind !== 'pass')) return this.refuted(rule) ? false : undefined
    const truths = rule.links.map((link) => this.#truth(link))
    const failing = truths.indexOf(false)
    if (failing === 0) return false
    const running = failing < 0 ? rule.links : rule.links.slice(0, failing)
    if (truths.slice(0, running.length).includes(undefined) || !running.every((link) => this.#isAssignable(link))) return undefined
    if (failing < 0 && rule.logged) return undefined
    for (const link of running) this.#follow(link)
    return failing < 0
  }

  /** Whether its first comparison is known to fail, so that the rule does nothing in any request. */
  refuted(rule: Rule): boolean {
    return this.#truth(rule.links[0]!) === false
  }

  /** A rule that stays: what it may assign is known no more, and what it looks at may begin as nothing else. */
  leave(rule: Rule): void {
    for (const link of rule.links) {
      for (const { name } of link.assignments) this.#forget(name)
      for (const macro of macrosOf(rule, link)) for (const piece of macro) if (typeof piece !== 'string' && piece.variable === 'TX' && piece.key !== undefined) this.#looked.add(piece.key)
      for (const { variable, key } of link.targets) {
        if (variable !== 'TX') continue
        if (key === undefined) this.#lookedAtAll = true
        else this.#looked.add(key)
      }
    }
  }

  #forget(name: Macro): void {
    const text = constantText(name)
    if (text !== undefined) this.#changing.add(text.toLowerCase())
    else this.#changingBeginnings.add(typeof name[0] === 'string' ? name[0].toLowerCase() : '')
  }

  #truth({ comparison, targets, transformations }: RuleLink): boolean | undefined {
    if (!comparison) return true
    if (transformations.length > 0 || !targets.every(({ variable, key, excluded }) => variable === 'TX' && key !== undefined && !excluded && this.isKnown(key))) return undefined
    const argument = this.#known(comparison.argument)
    if (argument === undefined || !/^(?:eq|ge|gt|le|lt|streq|within|contains|unconditionalmatch|nomatch|rx)$/i.test(comparison.name)) return undefined
    const operator = makeOperator(comparison.name, { place: { file: '', line: 0 }, argument: [argument], dataFile: () => '' })
    const texts = targets.flatMap(({ key, counted }) => {
      const text = this.values.get(key!)
      if (counted) return [text === undefined ? '0' : '1']
      return text === undefined ? [] : [text]
    })
    return texts.some((text) => operator.matches(text, () => argument) !== comparison.negated)
  }

  #isAssignable({ assignments, controls, capture }: RuleLink): boolean {
    if (capture || !controls.every(({ kind }) => kind === 'engine')) return false
    return assignments.every((assignment) => {
      const name = constantText(assignment.name)?.toLowerCase()
      if (name === undefined || !this.isKnown(name) || this.#knownMacro(assignment.value) === undefined) return false
      return !(this.#looked.has(name) || this.#lookedAtAll) || this.values.get(name) === this.#result(name, assignment)
    })
  }

  #follow({ assignments, controls }: RuleLink): void {
    for (const assignment of assignments) {
      const name = constantText(assignment.name)!.toLowerCase()
      const result = this.#result(name, assignment)
      if (result === undefined) this.values.delete(name)
      else this.values.set(name, result)
    }
    for (const control of controls) if (control.kind === 'engine') this.mode = control.mode
  }

  #result(name: string, { how, value }: Assignment): string | undefined {
    return assigned(how, this.values.get(name), this.#knownMacro(value)!)
  }

  #known(text: string): string | undefined {
    return text.includes('%{') ? this.#knownMacro(readMacro(text)) : text
  }

  #knownMacro(macro: Macro): string | undefined {
    let text = ''
    for (const piece of macro) {
      if (typeof piece === 'string') text += piece
      else if (piece.variable === 'TX' && piece.key !== undefined && this.isKnown(piece.key)) text += this.values.get(piece.key) ?? ''
      else return undefined
    }
    return text
  }
}

function macrosOf(rule: Rule, { comparison, assignments }: RuleLink): Macro[] {
  const own = assignments.flatMap(({ name, value }) => [name, value])
  return [...own, ...(comparison ? [readMacro(comparison.argument)] : []), ...(rule.message ? [rule.message] : []), ...(rule.logData ? [rule.logData] : [])]
}
