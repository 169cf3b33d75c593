// Configuration faults as an operator wants them: all at once, each with its place, the value and what to write instead.
import * as v from 'valibot'
import { formatPath, type Issue } from './issue.js'
import { type CheckedConfig, type Config, configSchema } from './schema.js'
import { referenceIssues } from './references.js'
import { UNKNOWN_SETTING } from './shape.js'
import { nearest } from './suggest.js'

export type Validation =
  | { readonly kind: 'valid'; readonly config: CheckedConfig }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }

/** Gives the configuration its types. Does nothing else; `createGateway` checks it. */
export function defineConfig(config: Config): Config {
  return config
}

/** Checks anything against the schema and its references against one another. Never throws, never reads. */
export function validateConfig(input: unknown): Validation {
  const result = v.safeParse(configSchema, input)
  const issues = [...(result.issues ?? []).flatMap((issue) => explain(issue, [])), ...referenceIssues(input)]
  if (result.success && issues.length === 0) return { kind: 'valid', config: result.output }
  return { kind: 'invalid', issues }
}

type Keys = readonly (string | number)[]

function explain(issue: v.BaseIssue<unknown>, above: Keys): Issue[] {
  const keys: Keys = [...above, ...(issue.path ?? []).map((item) => item.key as string | number)]
  if (issue.type === 'union' && issue.issues) return explainUnion(issue, issue.issues, keys)
  const path = formatPath(keys)
  if (issue.message.startsWith(UNKNOWN_SETTING)) return [unknownSetting(issue, keys)]
  if (issue.input === undefined) return [{ path, value: undefined, message: 'is missing' }]
  const message = issue.expected === null || issue.kind !== 'schema' ? issue.message : `expected ${lowerKinds(issue.expected)}, got ${show(issue.input)}`
  return [{ path, value: issue.input, message }]
}

/** The branch that went deepest is the one that was meant; when none went inside, all of them are told. */
function explainUnion(union: v.BaseIssue<unknown>, branches: readonly v.BaseIssue<unknown>[], keys: Keys): Issue[] {
  const inside = branches.filter((branch) => branch.path && branch.path.length > 0)
  const near = inside.filter((branch) => !branch.message.startsWith(UNKNOWN_SETTING) || isNearMiss(branch))
  if (near.length > 0) return near.flatMap((branch) => explain(branch, keys))
  const unknown = inside.filter((branch) => branch.message.startsWith(UNKNOWN_SETTING))
  if (unknown.length > 0) {
    const known = [...new Set(unknown.flatMap((branch) => knownNames(branch)))]
    const named = new Map(unknown.map((branch) => [branch.path![0].key as string, branch]))
    return [...named].map(([key, branch]) => unknownSetting({ ...branch, message: UNKNOWN_SETTING + known.join(',') }, [...keys, key]))
  }
  const checks = branches.filter((branch) => branch.kind === 'validation')
  if (checks.length > 0) return checks.flatMap((branch) => explain(branch, keys))
  return [{ path: formatPath(keys), value: union.input, message: `expected ${lowerKinds(union.expected ?? 'something else')}, got ${show(union.input)}` }]
}

function isNearMiss(issue: v.BaseIssue<unknown>): boolean {
  return nearest(String(issue.input), knownNames(issue)) !== undefined
}

function knownNames(issue: v.BaseIssue<unknown>): string[] {
  return issue.message.slice(UNKNOWN_SETTING.length).split(',')
}

function unknownSetting(issue: v.BaseIssue<unknown>, keys: Keys): Issue {
  const known = knownNames(issue)
  const near = nearest(String(keys.at(-1)), known)
  const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean "${near}"?`
  return { path: formatPath(keys), value: undefined, message: `unknown setting; ${hint}` }
}

function lowerKinds(expected: string): string {
  return expected
    .replace(/\b(Array|Object)\b/g, (kind) => (kind === 'Array' ? 'a list' : 'an object'))
    .replace(/\bstring\b/g, 'a text')
    .replace(/\bnumber\b/g, 'a number')
    .replace(/\bboolean\b/g, 'true or false')
    .replace(/^\((.*)\)$/, '$1')
    .replace(/ \| /g, ' or ')
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : asJson(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** The value as JSON, or by its kind where JSON has no words for it: a function, a symbol, a bigint, a circle. */
function asJson(value: unknown): string {
  try {
    return (JSON.stringify(value)) ?? `a ${typeof value}`
  } catch {
    return `a ${typeof value}`
  }
}
