// Exclusions in plain words: which rules a route does without, or which parts of its requests they do not look at.
import { isSelected } from './seclang/selection.js'
import type { Selection } from './seclang/directive.js'
import type { Exclusion, Program } from './rules/program.js'

/** One exclusion. */
export interface RuleExclusion {
  /** An id, a range of ids such as `942100-942199`, or a tag such as `attack-sqli`. */
  readonly rule: number | string
  /** The part they do not look at: `arg:q`, `cookie:x`, `header:x`, `json:a.b`, `file:x`, `path`, `query`, `body`, or the kind alone for all of it. Absent: the rules are left out. */
  readonly where?: string | undefined
}

/** What transactions of one route begin with. */
export interface Overrides {
  readonly removed?: Uint8Array | undefined
  readonly removedTargets?: ReadonlyMap<number, Exclusion[]> | undefined
}

/** The variables of rules by the kinds of parts. */
const VARIABLES_OF: Readonly<Record<string, readonly string[]>> = {
  arg: ['ARGS', 'ARGS_GET', 'ARGS_POST'], argname: ['ARGS_NAMES', 'ARGS_GET_NAMES', 'ARGS_POST_NAMES'], cookie: ['REQUEST_COOKIES'], header: ['REQUEST_HEADERS'], json: ['ARGS', 'ARGS_POST'],
  file: ['FILES', 'FILES_NAMES'], path: ['REQUEST_FILENAME', 'REQUEST_BASENAME', 'REQUEST_URI', 'REQUEST_URI_RAW', 'REQUEST_LINE'], query: ['QUERY_STRING', 'REQUEST_URI', 'REQUEST_URI_RAW', 'REQUEST_LINE'], body: ['REQUEST_BODY'],
}

export const PARTS: readonly string[] = Object.keys(VARIABLES_OF)

/** Throws a `RangeError` for what names no rule of the program, or no part of a request. */
export function overridesOf(program: Program, exclusions: readonly RuleExclusion[]): Overrides {
  if (exclusions.length === 0) return {}
  const removed = new Uint8Array(program.rules.length)
  const removedTargets = new Map<number, Exclusion[]>()
  for (const { rule, where } of exclusions) {
    const selection = selectionOf(rule)
    const rules = program.rules.filter((candidate) => isSelected(candidate, selection))
    if (rules.length === 0) throw new RangeError(`${rule} is the id of no rule, and no tag of one`)
    const targets = where === undefined ? undefined : targetsOf(where)
    for (const { index } of rules) {
      if (targets) removedTargets.set(index, [...(removedTargets.get(index) ?? []), ...targets])
      else removed[index] = 1
    }
  }
  return { removed, removedTargets }
}

function selectionOf(rule: number | string): Selection {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(String(rule)) ?? []
  return from === undefined ? { by: 'tag', pattern: String(rule) } : { by: 'id', ranges: [[Number(from), Number(to ?? from)]] }
}

function targetsOf(where: string): Exclusion[] {
  const colon = where.indexOf(':')
  const kind = (colon < 0 ? where : where.slice(0, colon)).toLowerCase()
  const variables = VARIABLES_OF[kind]
  if (!variables) throw new RangeError(`"${where}" is no part of a request; write one of ${PARTS.join(', ')}, with a name behind a colon where one is meant`)
  const name = colon < 0 ? undefined : `${kind === 'json' ? 'json.' : ''}${where.slice(colon + 1).toLowerCase()}`
  return variables.map((variable) => ({ name: variable, chooses: name === undefined ? undefined : (key) => key === name }))
}
