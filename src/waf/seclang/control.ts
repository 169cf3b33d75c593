// What `ctl` says: a change of how this one transaction is looked at.
import { type Selection, type Target } from './directive.js'
import { Unreadable } from './fault.js'
import { selectedByText, selectedIds } from './selection.js'
import { readTargets } from './targets.js'

export type EngineMode = 'on' | 'off' | 'detectiononly'

export type Control =
  | { readonly kind: 'engine'; readonly mode: EngineMode }
  | { readonly kind: 'remove'; readonly selection: Selection }
  | { readonly kind: 'removeTarget'; readonly selection: Selection; readonly targets: readonly Target[] }
  | { readonly kind: 'bodyProcessor'; readonly name: string }
  | { readonly kind: 'bodyVariable'; readonly on: boolean }
  | { readonly kind: 'bodyAccess'; readonly of: 'request' | 'response'; readonly on: boolean }

/** undefined for what is about the audit log, which is the gateway's own here. */
export function readControl(text: string): Control | undefined {
  const [, name = '', value = ''] = /^([a-z]+)=(.*)$/is.exec(text) ?? []
  switch (name.toLowerCase()) {
    case 'ruleengine':
      return { kind: 'engine', mode: engineMode(value) }
    case 'ruleremovebyid':
      return { kind: 'remove', selection: selectedIds(value) }
    case 'ruleremovebytag':
      return { kind: 'remove', selection: selectedByText('tag', value) }
    case 'ruleremovebymsg':
      return { kind: 'remove', selection: selectedByText('msg', value) }
    case 'ruleremovetargetbyid':
    case 'ruleremovetargetbytag':
    case 'ruleremovetargetbymsg':
      return removedTarget(name.toLowerCase().slice(-2) === 'id' ? 'id' : name.toLowerCase().endsWith('tag') ? 'tag' : 'msg', value)
    case 'requestbodyprocessor':
      return { kind: 'bodyProcessor', name: value.toUpperCase() }
    case 'forcerequestbodyvariable':
      return { kind: 'bodyVariable', on: isOn(value) }
    case 'requestbodyaccess':
      return { kind: 'bodyAccess', of: 'request', on: isOn(value) }
    case 'responsebodyaccess':
      return { kind: 'bodyAccess', of: 'response', on: isOn(value) }
    case 'auditengine':
      return undefined
    default:
      throw new Unreadable(`ctl:${text} is not supported; known are ruleEngine, ruleRemoveById, ruleRemoveByTag, ruleRemoveByMsg, ruleRemoveTargetById, ruleRemoveTargetByTag, ruleRemoveTargetByMsg, requestBodyProcessor, forceRequestBodyVariable, requestBodyAccess, responseBodyAccess and auditEngine`)
  }
}

export function engineMode(value: string): EngineMode {
  const mode = value.toLowerCase()
  if (mode === 'on' || mode === 'off' || mode === 'detectiononly') return mode
  throw new Unreadable(`"${value}" is no mode of the engine; write On, Off or DetectionOnly`)
}

function removedTarget(by: 'id' | 'tag' | 'msg', value: string): Control {
  const at = value.indexOf(';')
  if (at < 0) throw new Unreadable(`"${value}" names no variable; write the rule, a semicolon and the variable`)
  const selection = by === 'id' ? selectedIds(value.slice(0, at)) : selectedByText(by, value.slice(0, at))
  return { kind: 'removeTarget', selection, targets: readTargets(value.slice(at + 1)) }
}

function isOn(value: string): boolean {
  return value.toLowerCase() === 'on'
}
