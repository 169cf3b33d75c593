// What a route asks of a request beside host and path: method, fields, query parameters.
import type { Exchange } from '../exchange.js'
import { combinedValue } from '../http/fields.js'

/** Conditions of one route, compiled. Each that is there must hold. */
export interface Conditions {
  /** Upper case. */
  readonly methods: ReadonlySet<string> | undefined
  /** Lower-case field name and the value it must have. */
  readonly fields: readonly (readonly [string, string])[]
  readonly query: readonly (readonly [string, string])[]
}

/** Whether the request meets the conditions. */
export function meets({ method, fields, target }: Exchange, conditions: Conditions): boolean {
  if (conditions.methods && !conditions.methods.has(method)) return false
  for (const [name, wanted] of conditions.fields) if (combinedValue(fields, name) !== wanted) return false
  if (conditions.query.length === 0) return true
  const query = new URLSearchParams(target.query)
  return conditions.query.every(([name, wanted]) => query.getAll(name).includes(wanted))
}
