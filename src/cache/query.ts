// Which query parameters tell one thing asked for from another: by the operator's rule, or by what the origin says (No-Vary-Search).
import { combinedValue, type Fields } from '../http/fields.js'
import { parseDictionary, stringsOf } from '../http/structured.js'
import type { Target } from '../http/target.js'

/** An operator's rule. What it ignores is not sent to the origin either, so that no answer can depend on it. */
export interface QueryRule {
  /** Names that are ignored; `*` at the end stands for any rest. */
  readonly ignore: readonly string[]
  readonly sort: boolean
}

/** The target as it is kept and sent. The spelling of parameters that stay is not touched. */
export function keyedTarget(target: Target, rule: QueryRule): Target {
  if (target.query === undefined) return target
  const query = keyedQuery(target.query, rule)
  return query === target.query ? target : { ...target, query, raw: withQuery(target.rawPath, query) }
}

/** The same for a target that is at hand as text only. */
export function keyedText(target: string, rule: QueryRule): string {
  const mark = target.indexOf('?')
  return mark < 0 ? target : withQuery(target.slice(0, mark), keyedQuery(target.slice(mark + 1), rule))
}

function withQuery(path: string, query: string | undefined): string {
  return query === undefined ? path : `${path}?${query}`
}

function keyedQuery(query: string, { ignore, sort }: QueryRule): string | undefined {
  let parameters = query.split('&').filter((parameter) => !ignore.some((pattern) => isName(parameter, pattern)))
  if (sort) parameters = parameters.map((parameter) => ({ parameter, name: nameOf(parameter) })).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).map(({ parameter }) => parameter)
  return parameters.length === 0 ? undefined : parameters.join('&')
}

/** What an answer says about queries of its path: which parameters make no difference. */
export interface SearchRule {
  /** `all`, or the names in question. */
  readonly names: ReadonlySet<string>
  /** Whether these names are ignored, or all others. */
  readonly ignores: 'named' | 'others'
  readonly ignoresOrder: boolean
}

/** Reads No-Vary-Search; undefined where every difference counts, which is so as well when it cannot be read. */
export function searchRuleOf(fields: Fields): SearchRule | undefined {
  const value = combinedValue(fields, 'no-vary-search')
  const members = value === undefined ? undefined : parseDictionary(value)
  if (!members) return undefined
  const order = members.get('key-order') ?? false
  const params = members.get('params') ?? false
  const except = members.get('except')
  if (typeof order !== 'boolean' || (typeof params !== 'boolean' && !isStrings(params)) || (except !== undefined && (params !== true || !isStrings(except)))) return undefined
  const rule: SearchRule = {
    names: new Set(isStrings(params) ? stringsOf(params) : isStrings(except) ? stringsOf(except) : []),
    ignores: params === true ? 'others' : 'named',
    ignoresOrder: order,
  }
  return rule.names.size === 0 && rule.ignores === 'named' && !order ? undefined : rule
}

/** The query as the rule sees it: the same text for queries that make no difference. Decoded, because the rule compares names and values. */
export function searchOf(query: string, { names, ignores, ignoresOrder }: SearchRule): string {
  const kept = new URLSearchParams([...new URLSearchParams(query)].filter(([name]) => names.has(name) === (ignores === 'others')))
  if (ignoresOrder) kept.sort()
  return kept.toString()
}

function isStrings(member: unknown): member is readonly string[] {
  return Array.isArray(member) && member.every((item) => typeof item === 'string')
}

function isName(parameter: string, pattern: string): boolean {
  const name = nameOf(parameter)
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

function nameOf(parameter: string): string {
  const name = parameter.split('=', 1)[0]!.replace(/\+/g, ' ')
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
