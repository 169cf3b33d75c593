// What `setvar` says: a variable of the transaction is set, added to, or taken away.
import { Unreadable } from './fault.js'
import { type Macro, readMacro } from './macro.js'

export interface Assignment {
  readonly name: Macro
  readonly how: 'set' | 'add' | 'subtract' | 'unset'
  readonly value: Macro
}

export function readAssignment(text: string): Assignment {
  const unset = text.startsWith('!')
  const [, collection, name, value] = /^!?([a-z_]+)\.([^=]+)(?:=(.*))?$/is.exec(text) ?? []
  if (collection === undefined) throw new Unreadable(`setvar:${text} names no variable; write setvar:tx.name=value`)
  if (collection.toLowerCase() !== 'tx') throw new Unreadable(`setvar:${text} keeps a value beyond the request, which is not supported; only the collection tx is`)
  const sign = value?.[0]
  const how = unset ? 'unset' : sign === '+' ? 'add' : sign === '-' ? 'subtract' : 'set'
  return { name: readMacro(name!), how, value: readMacro(how === 'add' || how === 'subtract' ? value!.slice(1) : (value ?? '1')) }
}
