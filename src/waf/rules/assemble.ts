// Directives put together: chains to rules, defaults into them, and what later directives remove or change.
import type { Action, Directive, Target } from '../seclang/directive.js'
import { type RuleFault, Unreadable } from '../seclang/fault.js'
import { isSelected, type Selectable } from '../seclang/selection.js'
import { readRuleActions, type RuleActions } from './read-rule.js'
import type { Disruption, Entry, Phase, Rule, RuleLink } from './rule.js'
import { checkSetting } from './settings.js'

/** The rules in order, and the settings by lower-case name, of which the last counts. */
export interface Assembled {
  readonly entries: readonly Entry[]
  readonly settings: ReadonlyMap<string, string>
}

type RuleDirective = Extract<Directive, { kind: 'rule' | 'action' }>

export function assembleRules(directives: readonly Directive[], faults: RuleFault[]): Assembled {
  const assembly = new Assembly(faults)
  for (const directive of directives) {
    try {
      assembly.add(directive)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      faults.push({ place: directive.place, message: error.message })
    }
  }
  return assembly.finish()
}

class Assembly {
  readonly #entries: Entry[] = []
  readonly #settings = new Map<string, string>()
  readonly #defaults = new Map<Phase, RuleActions>()
  readonly #faults: RuleFault[]
  /** Directives that found no rule before them. */
  readonly #unused: Extract<Directive, { selection: unknown }>[] = []
  /** The links of a chain that goes on. */
  #open: { directive: RuleDirective; actions: RuleActions }[] = []

  constructor(faults: RuleFault[]) {
    this.#faults = faults
  }

  add(directive: Directive): void {
    if (this.#open.length > 0 && directive.kind !== 'rule' && directive.kind !== 'action') {
      this.#open = []
      throw new Unreadable('a chain goes on here, and this is no rule of it')
    }
    switch (directive.kind) {
      case 'rule':
      case 'action':
        return this.#addLink(directive)
      case 'marker':
        this.#entries.push({ kind: 'marker', name: directive.name })
        return
      case 'defaults': {
        const actions = readRuleActions(directive.actions)
        this.#defaults.set(actions.phase ?? 2, actions)
        return
      }
      case 'setting':
        checkSetting(directive.name, directive.value)
        this.#settings.set(directive.name, directive.value)
        return
      case 'remove':
        this.#change(directive, () => undefined)
        return
      case 'retarget':
        this.#change(directive, (rule) => ({ ...rule, links: [{ ...rule.links[0]!, targets: retargeted(rule.links[0]!.targets, directive.targets) }, ...rule.links.slice(1)] }))
        return
      case 'react':
        this.#change(directive, (rule) => reacting(rule, directive.actions))
    }
  }

  finish(): Assembled {
    const [open] = this.#open
    if (open) this.#faults.push({ place: open.directive.place, message: 'the chain that begins here has no end' })
    for (const { place, selection } of this.#unused) {
      if (this.#entries.some((entry) => entry.kind === 'rule' && isSelected(selectable(entry), selection))) {
        this.#faults.push({ place, message: 'the rules this is about come after it; put it behind them' })
      }
    }
    return { entries: this.#entries, settings: this.#settings }
  }

  #addLink(directive: RuleDirective): void {
    let actions: RuleActions
    try {
      actions = readRuleActions(directive.actions)
    } catch (error) {
      this.#open = []
      throw error
    }
    this.#open.push({ directive, actions })
    if (actions.chained) return
    const links = this.#open
    this.#open = []
    const rule = this.#ruleOf(links)
    if (this.#entries.some((entry) => entry.kind === 'rule' && entry.id === rule.id)) throw new Unreadable(`the id ${rule.id} is another rule's already`)
    this.#entries.push(rule)
  }

  #ruleOf(links: readonly { directive: RuleDirective; actions: RuleActions }[]): Rule {
    const { directive, actions } = links[0]!
    if (actions.id === undefined) throw new Unreadable('the rule has no id; add id:NUMBER to its actions')
    const phase = actions.phase ?? 2
    const defaults = this.#defaults.get(phase)
    const chosen = actions.disruption === 'block' || actions.disruption === undefined ? defaults?.disruption : actions.disruption
    return {
      kind: 'rule', place: directive.place, id: actions.id, phase, tags: actions.tags, message: actions.message, logData: actions.logData, severity: actions.severity,
      logged: actions.logged ?? defaults?.logged ?? true,
      disruption: { kind: chosen === 'block' || chosen === undefined ? 'pass' : chosen, status: actions.status ?? defaults?.status ?? 403, to: actions.to || (defaults?.to ?? '') } satisfies Disruption,
      skipAfter: actions.skipAfter, skip: actions.skip, keeps: links.some((link) => link.actions.keeps),
      links: links.map((link) => linkOf(link.directive, link.actions, defaults?.transformations ?? [])),
    }
  }

  #change(directive: Extract<Directive, { selection: unknown }>, change: (rule: Rule) => Rule | undefined): void {
    let found = false
    for (let at = this.#entries.length - 1; at >= 0; at--) {
      const entry = this.#entries[at]!
      if (entry.kind !== 'rule' || !isSelected(selectable(entry), directive.selection)) continue
      found = true
      const changed = change(entry)
      this.#entries.splice(at, 1, ...(changed ? [changed] : []))
    }
    if (!found) this.#unused.push(directive)
  }
}

function linkOf(directive: RuleDirective, actions: RuleActions, inherited: readonly string[]): RuleLink {
  const resets = directive.actions.some(({ name, value }) => name === 't' && value?.toLowerCase() === 'none')
  return {
    comparison: directive.kind === 'rule' ? directive.comparison : undefined,
    targets: directive.kind === 'rule' ? directive.targets : [],
    transformations: resets ? actions.transformations : [...inherited, ...actions.transformations],
    multiMatch: actions.multiMatch, capture: actions.capture, assignments: actions.assignments, controls: actions.controls,
  }
}

/** The variables of an update are added, whether they are looked at or left out. */
function retargeted(targets: readonly Target[], more: readonly Target[]): readonly Target[] {
  return [...targets, ...more]
}

function reacting(rule: Rule, actions: readonly Action[]): Rule {
  const read = readRuleActions(actions)
  if (read.id !== undefined || read.phase !== undefined || read.chained) throw new Unreadable('id, phase and chain of a rule cannot be changed')
  const [first, ...others] = rule.links
  return {
    ...rule,
    tags: [...rule.tags, ...read.tags], message: read.message ?? rule.message, logData: read.logData ?? rule.logData, severity: read.severity ?? rule.severity, logged: read.logged ?? rule.logged,
    disruption: read.disruption === undefined ? rule.disruption : { kind: read.disruption === 'block' ? rule.disruption.kind : read.disruption, status: read.status ?? rule.disruption.status, to: read.to },
    skipAfter: read.skipAfter ?? rule.skipAfter,
    links: [{ ...first!, transformations: read.transformations.length > 0 ? read.transformations : first!.transformations, assignments: [...first!.assignments, ...read.assignments], controls: [...first!.controls, ...read.controls] }, ...others],
  }
}

/** What selections look at. */
export function selectable({ id, tags, message }: Rule): Selectable {
  return {
    id, tags,
    get message() {
      return message?.map((piece) => (typeof piece === 'string' ? piece : '')).join('')
    },
  }
}
