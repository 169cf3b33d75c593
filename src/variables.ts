// Fills in the variables of configured texts from the exchange at hand.
import { parseTemplate, type TemplatePart, type Variable } from './config/template.js'
import type { Exchange } from './exchange.js'
import type { FieldEdits, Fields } from './http/fields.js'

/** A configured text: itself when it has no variables, else what makes it. */
export type Text = string | ((exchange: Exchange) => string)

/** Compiles a text once, so that one without variables costs nothing at a request. */
export function compileText(text: string): Text {
  const parts = parseTemplate(text)
  return parts.some(({ kind }) => kind === 'variable') ? (exchange) => parts.map((part) => partValue(part, exchange)).join('') : text
}

/** The text for an exchange. */
export function resolveText(text: Text, exchange: Exchange): string {
  return typeof text === 'string' ? text : text(exchange)
}

/** Configured edits of fields, their values compiled. */
export interface EditPlan {
  readonly remove: ReadonlySet<string>
  /** Name and value in turn, as in {@link Fields}. */
  readonly set: readonly Text[]
  readonly append: readonly Text[]
}

/** The edits for an exchange; the plan itself when it holds no variables. */
export function resolveEdits(plan: EditPlan, exchange: Exchange): FieldEdits {
  const { remove, set, append } = plan
  return isFixed(set) && isFixed(append) ? { remove, set, append } : { remove, set: set.map((text) => resolveText(text, exchange)), append: append.map((text) => resolveText(text, exchange)) }
}

function isFixed(texts: readonly Text[]): texts is Fields {
  return texts.every((text) => typeof text === 'string')
}

function partValue(part: TemplatePart, exchange: Exchange): string {
  return part.kind === 'text' ? part.text : variableValue(part.name, exchange)
}

/** Values are free of line breaks: they passed the checks of the host, the target and the head. */
function variableValue(name: Variable, { client, id, method, target, outgoing, params }: Exchange): string {
  switch (name) {
    case 'client.address':
      return client.address ?? ''
    case 'client.scheme':
      return client.scheme
    case 'client.host':
      return client.host
    case 'request.id':
      return id
    case 'request.method':
      return method
    case 'request.path':
      return target.path
    case 'request.query':
      return target.query ?? ''
    case 'request.uri':
      return outgoing.raw
    default: {
      const parameter = name.slice('path.'.length)
      return Object.hasOwn(params, parameter) ? params[parameter]! : ''
    }
  }
}
