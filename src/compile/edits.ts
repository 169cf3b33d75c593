// From header settings to the conditions and edits that a plan holds.
import type { RouteConfig } from '../config/schema.js'
import type { Fields } from '../http/fields.js'
import { compileText, type EditPlan, type Text } from '../variables.js'

/** A route's `headers` in its long form. */
export interface HeaderSettings {
  readonly match: Readonly<Record<string, string>>
  readonly request: EditSettings | undefined
  readonly response: EditSettings | undefined
}

interface EditSettings {
  readonly set?: Record<string, string> | undefined
  readonly add?: Record<string, string> | undefined
  readonly remove?: readonly string[] | undefined
}

/** Reads either form: without `request`, `response` or `match`, the setting is just the fields to match. */
export function headersOf({ headers = {} }: RouteConfig): HeaderSettings {
  const long = ['match', 'request', 'response'].some((key) => typeof (headers as Record<string, unknown>)[key] === 'object')
  if (!long) return { match: headers as Record<string, string>, request: undefined, response: undefined }
  const { match = {}, request, response } = headers as Partial<HeaderSettings>
  return { match, request, response }
}

/** Compiles edits; `ownFields` are appended as they are. */
export function compileEdits(edits: EditSettings | undefined, ownFields: Fields = []): EditPlan {
  return {
    remove: new Set(edits?.remove?.map((name) => name.toLowerCase())),
    set: compileLines(edits?.set),
    append: [...compileLines(edits?.add), ...ownFields],
  }
}

/** Fields with variables in their values. */
export function compileLines(lines: Record<string, string> = {}): Text[] {
  return Object.entries(lines).flatMap(([name, value]) => [name, compileText(value)])
}
