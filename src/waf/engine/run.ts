// The rules of a phase over a transaction, one after the other.
import type { CompiledAssignment, CompiledControl, CompiledLink, CompiledRule } from '../rules/program.js'
import type { Phase } from '../rules/rule.js'
import { leadingInteger } from '../operators/numbers.js'
import type { Chain } from '../rules/chains.js'
import type { Interruption } from './interruption.js'
import { isExcluded } from './targets.js'
import type { Transaction } from './transaction.js'
import { Value } from './value.js'

/** A match that is told. */
export interface Match {
  readonly rule: CompiledRule
  readonly message: string
  readonly data: string
  /** Where it was found: `ARGS:q`. */
  readonly where: string
}

/** Goes through the rules of a phase. Gives what ends it, where something does. */
export function runPhase(tx: Transaction, phase: Phase, matches: Match[]): Interruption | undefined {
  const rules = tx.program.phases[phase]
  for (let at = 0; at < rules.length;) {
    if (tx.mode === 'off') return undefined
    const rule = rules[at]!
    const matched = tx.removed?.[rule.index] !== 1 && runRule(tx, rule, matches)
    if (matched && rule.disruption.kind !== 'pass') {
      const interruption = { disruption: rule.disruption, rule, message: rule.told ? tx.expand(rule.told) : '' }
      if (tx.mode === 'on') return interruption
      tx.detected ??= interruption
    }
    at = matched && rule.goTo !== undefined ? rule.goTo : at + 1
  }
  return undefined
}

function runRule(tx: Transaction, rule: CompiledRule, matches: Match[]): boolean {
  const { links } = rule
  if (!mayMatch(tx, links[0]!)) return false
  if (links.length > 1) tx.matchedValues = []
  for (let at = 0; at < links.length; at++) {
    if (!runLink(tx, rule, links[at]!, at === links.length - 1, matches)) return false
  }
  return true
}

/** False where no value has what the comparison looks for. */
function mayMatch(tx: Transaction, { bit, chain, targets, steps }: CompiledLink): boolean {
  return bit < 0 || steps !== undefined || tx.findings.mayMatch(targets, chain, bit)
}

function runLink(tx: Transaction, rule: CompiledRule, link: CompiledLink, isLast: boolean, matches: Match[]): boolean {
  if (!link.operator) {
    follow(tx, link)
    if (isLast && rule.logged) matches.push(matchOf(tx, rule))
    return true
  }
  if (!mayMatch(tx, link)) return false
  const excluded = tx.removedTargets?.get(rule.index)
  let any = false
  for (const value of tx.findings.valuesOf(link.targets)) {
    if (excluded && isExcluded(value, excluded)) continue
    const chain = matchingChain(tx, link, value)
    if (!chain) continue
    any = true
    noteMatch(tx, link, value, chain)
    if (!isLast) continue
    if (rule.logged) matches.push(matchOf(tx, rule))
    if (rule.disruption.kind !== 'pass' && tx.mode === 'on') return true
  }
  return any
}

/** The row of transformations after which the value matches; undefined when it does not. */
function matchingChain(tx: Transaction, link: CompiledLink, value: Value): Chain | undefined {
  if (!link.steps) return matchesAfter(tx, link, value, link.chain) ? link.chain : undefined
  let before: unknown
  for (const step of link.steps) {
    const form = value.after(step)
    if (form === before) continue
    before = form
    if (matchesAfter(tx, link, value, step)) return step
  }
  return undefined
}

function matchesAfter(tx: Transaction, { operator, negated, bit }: CompiledLink, value: Value, chain: Chain): boolean {
  if (bit >= 0 && (value.after(chain).candidates(tx.program.finder)[bit >> 5]! & (1 << (bit & 31))) === 0) return false
  return operator!.matches(value.after(chain).text, tx.expand) !== negated
}

function noteMatch(tx: Transaction, link: CompiledLink, value: Value, chain: Chain): void {
  const { text } = value.after(chain)
  tx.matchedText = text
  tx.matchedName = value.name
  tx.matchedValues.push(new Value(value.variable, value.key, text))
  if (link.capture && link.operator!.captured) tx.capture(link.operator!.captured(text))
  follow(tx, link)
}

/** What follows from a match of one comparison, whether or not the rest of its chain matches. */
function follow(tx: Transaction, { assignments, controls }: CompiledLink): void {
  for (const assignment of assignments) assign(tx, assignment)
  for (const control of controls) controlBy(tx, control)
}

function assign(tx: Transaction, { slot, name, how, value }: CompiledAssignment): void {
  const variable = slot === undefined ? tx.expand(name).toLowerCase() : ''
  const current = slot === undefined ? tx.variable(variable) : tx.slots[slot]
  const text = assigned(how, current, how === 'unset' ? '' : tx.expand(value))
  if (slot === undefined) tx.setVariable(variable, text)
  else tx.slots[slot] = text
}

/** The value after an assignment. */
export function assigned(how: CompiledAssignment['how'], current: string | undefined, value: string): string | undefined {
  switch (how) {
    case 'unset':
      return undefined
    case 'set':
      return value
    case 'add':
      return String(leadingInteger(current ?? '0') + leadingInteger(value))
    case 'subtract':
      return String(leadingInteger(current ?? '0') - leadingInteger(value))
  }
}

function controlBy(tx: Transaction, control: CompiledControl): void {
  switch (control.kind) {
    case 'engine':
      tx.mode = control.mode
      return
    case 'remove':
      tx.removed ??= new Uint8Array(tx.program.rules.length)
      for (const index of control.rules) tx.removed[index] = 1
      return
    case 'removeTarget':
      tx.removedTargets ??= new Map()
      for (const index of control.rules) tx.removedTargets.set(index, [...(tx.removedTargets.get(index) ?? []), ...control.excluded])
      return
    case 'bodyProcessor':
      tx.bodyProcessor = control.name
      return
    case 'bodyVariable':
      tx.bodyForced = control.on
      return
    case 'bodyAccess':
      tx.access[control.of] = control.on
  }
}

function matchOf(tx: Transaction, rule: CompiledRule): Match {
  return { rule, message: rule.told ? tx.expand(rule.told) : '', data: rule.logData ? tx.expand(rule.logData) : '', where: tx.matchedName }
}
