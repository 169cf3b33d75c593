// The actions of a rule, with those of `SecDefaultAction` behind them, as what they mean.
import { readAssignment, type Assignment } from '../seclang/assignment.js'
import { readControl, type Control } from '../seclang/control.js'
import type { Action } from '../seclang/directive.js'
import { Unreadable } from '../seclang/fault.js'
import { type Macro, readMacro } from '../seclang/macro.js'
import { TRANSFORMATION_NAMES, transformationNamed } from '../transformations/table.js'
import type { Disruption, Phase } from './rule.js'

/** What the actions of one link say. */
export interface RuleActions {
  id: number | undefined
  phase: Phase | undefined
  readonly tags: string[]
  message: Macro | undefined
  logData: Macro | undefined
  severity: string | undefined
  logged: boolean | undefined
  disruption: Disruption['kind'] | 'block' | undefined
  to: string
  status: number | undefined
  skipAfter: string | undefined
  skip: number
  chained: boolean
  multiMatch: boolean
  capture: boolean
  keeps: boolean
  transformations: string[]
  readonly assignments: Assignment[]
  readonly controls: Control[]
}

const PHASES: Readonly<Record<string, Phase>> = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, request: 2, response: 4, logging: 5 }
/** For people, and without an effect here. */
const REMARKS = new Set(['rev', 'ver', 'maturity', 'accuracy', 'auditlog', 'noauditlog'])

export function readRuleActions(actions: readonly Action[]): RuleActions {
  const read: RuleActions = {
    id: undefined, phase: undefined, tags: [], message: undefined, logData: undefined, severity: undefined, logged: undefined, disruption: undefined, to: '', status: undefined,
    skipAfter: undefined, skip: 0, chained: false, multiMatch: false, capture: false, keeps: false, transformations: [], assignments: [], controls: [],
  }
  for (const action of actions) readAction(read, action)
  return read
}

function readAction(read: RuleActions, { name, value = '' }: Action): void {
  switch (name) {
    case 'id':
      read.id = wholeNumber(name, value)
      return
    case 'phase':
      read.phase = PHASES[value.toLowerCase()]
      if (!read.phase) throw new Unreadable(`phase:${value} is no phase; write 1 to 5, request, response or logging`)
      return
    case 'tag':
      read.tags.push(value)
      return
    case 'msg':
      read.message = readMacro(value)
      return
    case 'logdata':
      read.logData = readMacro(value)
      return
    case 'severity':
      read.severity = value.toUpperCase()
      return
    case 'log':
    case 'nolog':
      read.logged = name === 'log'
      return
    case 'pass':
    case 'deny':
    case 'drop':
    case 'block':
      read.disruption = name
      return
    case 'allow':
    case 'redirect':
      read.disruption = name
      read.to = value
      return
    case 'status':
      read.status = wholeNumber(name, value)
      return
    case 'skipafter':
      read.skipAfter = value
      return
    case 'skip':
      read.skip = wholeNumber(name, value)
      return
    case 'chain':
      read.chained = true
      return
    case 'multimatch':
      read.multiMatch = true
      return
    case 'capture':
      read.capture = true
      return
    case 'initcol':
      read.keeps = true
      return
    case 't':
      read.transformations = value.toLowerCase() === 'none' ? [] : [...read.transformations, knownTransformation(value)]
      return
    case 'setvar':
      read.assignments.push(readAssignment(value))
      return
    case 'ctl': {
      const control = readControl(value)
      if (control) read.controls.push(control)
      return
    }
    default:
      if (!REMARKS.has(name)) throw new Unreadable(`the action "${name}" is not supported`)
  }
}

function knownTransformation(name: string): string {
  if (!transformationNamed(name)) throw new Unreadable(`t:${name} is no transformation that is known; there are ${TRANSFORMATION_NAMES.join(', ')}`)
  return name.toLowerCase()
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d+$/.test(value)) throw new Unreadable(`${name}:${value} is no whole number`)
  return Number(value)
}
