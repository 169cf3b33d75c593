// Rule files made into a program, or into the list of all their faults.
import { TxLayout } from '../engine/tx-layout.js'
import { VARIABLES } from '../engine/variables.js'
import { makeOperator } from '../operators/table.js'
import { patternMatcher } from '../patterns/matcher.js'
import { type Phrase, phraseFinder } from '../patterns/phrases.js'
import type { Assignment } from '../seclang/assignment.js'
import { type Control, type EngineMode, engineMode } from '../seclang/control.js'
import type { Selection, Target } from '../seclang/directive.js'
import { type RuleFault, RulesError, Unreadable } from '../seclang/fault.js'
import { constantText, type Macro, readMacro } from '../seclang/macro.js'
import { parseRules, type RuleFile } from '../seclang/parse.js'
import { isSelected, type Selectable } from '../seclang/selection.js'
import { assembleRules, selectable } from './assemble.js'
import { Chains } from './chains.js'
import { type Folded, foldRules } from './fold.js'
import type { CompiledAssignment, CompiledControl, CompiledLink, CompiledRule, Exclusion, Program, TargetSet, Term } from './program.js'
import type { Entry, Phase, Rule, RuleLink } from './rule.js'
import { bodySettings } from './settings.js'

/** Where the data files of rules come from. */
export type DataFiles = (name: string, besides: string) => string | undefined

/** Throws a `RulesError` with every fault. `mode` goes before `SecRuleEngine` of the files. */
export function compileRules(files: readonly RuleFile[], dataFiles: DataFiles = () => undefined, mode?: EngineMode): Program {
  const faults: RuleFault[] = []
  const { entries, settings } = assembleRules(files.flatMap((file) => parseRules(file, faults)), faults)
  const folded = foldRules(entries, mode ?? engineMode(settings.get('secruleengine') ?? 'On'))
  const compiler = new Compiler(folded, dataFiles, faults)
  const program = compiler.program(settings)
  if (faults.length > 0) throw new RulesError(faults)
  return program
}

class Compiler {
  readonly #folded: Folded
  readonly #rules: readonly Rule[]
  readonly #dataFiles: DataFiles
  readonly #faults: RuleFault[]
  readonly #layout = new TxLayout()
  readonly #chains = new Chains()
  readonly #terms = new Map<string, Term>()
  readonly #phrases: Phrase[] = []
  readonly #bits = new Map<string, number>()

  constructor(folded: Folded, dataFiles: DataFiles, faults: RuleFault[]) {
    this.#folded = folded
    this.#rules = folded.entries.filter((entry) => entry.kind === 'rule')
    this.#dataFiles = dataFiles
    this.#faults = faults
  }

  program(settings: ReadonlyMap<string, string>): Program {
    const phases = { 1: this.#phase(1), 2: this.#phase(2), 3: this.#phase(3), 4: this.#phase(4), 5: this.#phase(5) }
    for (const name of this.#folded.initial.keys()) this.#layout.slotOf(name)
    const rules = Object.values(phases).flat().sort((one, other) => one.index - other.index)
    return {
      phases, rules, terms: [...this.#terms.values()], layout: this.#layout,
      initial: this.#layout.names.map((name) => this.#folded.initial.get(name)),
      mode: this.#folded.mode, finder: phraseFinder(this.#phrases), ...bodySettings(settings),
    }
  }

  #phase(phase: Phase): readonly CompiledRule[] {
    const own = this.#folded.entries.filter((entry) => entry.kind === 'marker' || entry.phase === phase)
    return own.flatMap((entry, at) => {
      if (entry.kind === 'marker') return []
      try {
        return [this.#rule(entry, goTo(own, at, entry))]
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error
        this.#faults.push({ place: entry.place, message: error.message })
        return []
      }
    })
  }

  #rule(rule: Rule, goTo: number | undefined): CompiledRule {
    if (rule.keeps) throw new Unreadable('initcol keeps a collection beyond the request, which is not supported; count with the filters rateLimit and concurrency')
    const { message, logData, severity, logged, disruption } = rule
    return {
      ...chosenBy(rule), index: this.#rules.indexOf(rule), told: message && this.#settled(message), logData: logData && this.#settled(logData), severity, logged, disruption, goTo,
      links: rule.links.map((link) => this.#link(rule, link)),
    }
  }

  #link(rule: Rule, { comparison, targets, transformations, multiMatch, capture, assignments, controls }: RuleLink): CompiledLink {
    const operator = comparison && makeOperator(comparison.name, {
      place: rule.place, argument: comparison.name.toLowerCase() === 'rx' ? [comparison.argument] : this.#settled(readMacro(comparison.argument)),
      dataFile: (name) => this.#dataFiles(name, rule.place.file) ?? missing(name),
    })
    const chain = this.#chains.of(transformations)
    const set = this.#targetSet(targets)
    return {
      operator, negated: comparison?.negated ?? false, targets: set, chain, steps: multiMatch ? this.#chains.stepsOf(transformations) : undefined,
      bit: operator?.literals && !comparison!.negated && !set.volatile ? this.#bit(operator.literals) : -1, capture,
      assignments: assignments.map((assignment) => this.#assignment(assignment)), controls: controls.map((control) => this.#control(control)),
    }
  }

  /** Rules that look for the same texts share a bit. */
  #bit(literals: readonly string[]): number {
    const key = literals.join('\0')
    const known = this.#bits.get(key)
    if (known !== undefined) return known
    const number = this.#bits.size
    this.#bits.set(key, number)
    for (const text of literals) this.#phrases.push({ text, number })
    return number
  }

  #settled(macro: Macro): Macro {
    const pieces: (string | Exclude<Macro[number], string>)[] = []
    for (const piece of macro) {
      const text = typeof piece === 'string' ? piece : piece.variable === 'TX' && piece.key !== undefined ? this.#folded.constant(piece.key) : undefined
      if (text === undefined) pieces.push(piece)
      else if (typeof pieces.at(-1) === 'string') pieces.push(`${pieces.pop() as string}${text}`)
      else pieces.push(text)
    }
    for (const piece of pieces) if (typeof piece !== 'string') this.#known(piece.variable)
    return pieces
  }

  #known(variable: string): void {
    if (VARIABLES.has(variable)) return
    throw new Unreadable(`${variable} is no variable that is known; there are ${[...VARIABLES.keys()].join(', ')}`)
  }

  #targetSet(targets: readonly Target[]): TargetSet {
    for (const { variable } of targets) this.#known(variable)
    const terms = targets.filter(({ excluded }) => !excluded).map((target) => this.#term(target))
    return { terms, excluded: targets.filter(({ excluded }) => excluded).map(exclusionOf), volatile: terms.some(({ variable }) => variable.volatile === true) }
  }

  #term(target: Target): Term {
    const text = JSON.stringify(target)
    const shared = this.#terms.get(text)
    if (shared) return shared
    const { variable: name, key, counted } = target
    if (name === 'XML' && key !== '/*' && key !== '//@*') throw new Unreadable(`XML:${key ?? ''} is not supported; XML:/* and XML://@* are`)
    const slot = name === 'TX' && key !== undefined ? this.#layout.slotOf(key) : undefined
    const term: Term = { id: this.#terms.size, name, variable: VARIABLES.get(name)!, counted, chooses: choosing(target), slot }
    this.#terms.set(text, term)
    return term
  }

  #assignment({ name, how, value }: Assignment): CompiledAssignment {
    const constant = constantText(name)
    return { slot: constant === undefined ? undefined : this.#layout.slotOf(constant.toLowerCase()), name: this.#settled(name), how, value: this.#settled(value) }
  }

  #control(control: Control): CompiledControl {
    if (control.kind === 'remove') return { kind: 'remove', rules: this.#selected(control.selection) }
    if (control.kind === 'removeTarget') return { kind: 'removeTarget', rules: this.#selected(control.selection), excluded: control.targets.map(exclusionOf) }
    return control
  }

  #selected(selection: Selection): number[] {
    return this.#rules.flatMap((rule, index) => (isSelected(selectable(rule), selection) ? [index] : []))
  }
}

/** The rule of the same phase with which to go on after a match. */
function goTo(entries: readonly Entry[], at: number, { skipAfter, skip, place }: Rule): number | undefined {
  const rulesBefore = (end: number): number => entries.slice(0, end).filter(({ kind }) => kind === 'rule').length
  if (skip > 0) return rulesBefore(at) + 1 + skip
  if (skipAfter === undefined) return undefined
  const marker = entries.findIndex((entry, index) => index > at && entry.kind === 'marker' && entry.name === skipAfter)
  if (marker < 0) throw new Unreadable(`skipAfter:${skipAfter} names no marker behind this rule (${place.file})`)
  return rulesBefore(marker)
}

/** What selections look at, without what is made anew each time. */
function chosenBy(rule: Rule): Selectable {
  const { id, tags, message } = selectable(rule)
  return { id, tags, message }
}

function missing(name: string): never {
  throw new Unreadable(`the data file ${name} is not there`)
}

function exclusionOf(target: Target): Exclusion {
  return { name: target.variable, chooses: choosing(target) }
}

function choosing({ key, keyPattern }: Target): ((lowerKey: string) => boolean) | undefined {
  if (keyPattern !== undefined) return patternMatcher(`(?i)${keyPattern}`).test
  return key === undefined ? undefined : (lowerKey) => lowerKey === key
}

