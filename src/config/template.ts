// Texts with variables in them: `{client.address}` and the like. Other braces are just braces.
import { nearest } from './suggest.js'

/** What a template can name. `path.*` are the parameters of the route's path. */
export const VARIABLES = [
  'client.address', 'client.scheme', 'client.host',
  'request.id', 'request.method', 'request.path', 'request.query', 'request.uri',
] as const

export type Variable = (typeof VARIABLES)[number] | `path.${string}`

/** A template taken apart: texts as they are, variables by name. */
export type TemplatePart = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'variable'; readonly name: Variable }

const NAMED = /\{((?:client|request|path)\.\w+)\}/g

/** The parts of a template that `templateFault` found nothing wrong with. */
export function parseTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = []
  let at = 0
  for (const match of text.matchAll(NAMED)) {
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) })
    parts.push({ kind: 'variable', name: match[1] as Variable })
    at = match.index + match[0].length
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) })
  return parts
}

/** What is wrong with a template, or undefined. */
export function templateFault(text: string): string | undefined {
  for (const [, name] of text.matchAll(NAMED)) {
    if (name!.startsWith('path.') || (VARIABLES as readonly string[]).includes(name!)) continue
    const near = nearest(name!, VARIABLES)
    return `names the variable "${name}", which is none; ${near === undefined ? `there are: ${VARIABLES.join(', ')}` : `did you mean "${near}"?`}`
  }
  return undefined
}
