// Every test in one process of a runtime, without a socket: what fails and why, and how many decisions agree with ModSecurity's.
import { compileRules, evaluate, type Program } from '../../../src/waf/index.js'
import { type CrsTest, dataFile, linesOf, type Reference, ruleFiles } from './suite.js'
import { answerTo, requestOf } from './views.js'

/** What is printed, as JSON. */
export interface Result {
  readonly tests: number
  /** By the test's id. */
  readonly failures: Readonly<Record<string, string>>
  /** Of tests that want a match, and of those that want none. */
  readonly wanted: Score
  readonly unwanted: Score
  readonly decisions: Score
  /** Ids whose decision differs. */
  readonly otherwise: readonly string[]
}

interface Score {
  readonly passed: number
  readonly of: number
}

function compiled(folder: string, first: (text: string) => string): Program {
  const [setup, ...rules] = ruleFiles(folder)
  return compileRules([{ ...setup!, text: first(setup!.text) }, ...rules], (name) => dataFile(folder, name))
}

/** All but the settings of the tests: block, at the lowest paranoia level. */
const blocking = (text: string): string => text.replace(/^SecRuleEngine .*$/m, 'SecRuleEngine On').replace(/^SecAction[^]*/m, '')

export function evaluateAll(folder: string): Result {
  const detect = compiled(folder, (text) => text)
  const block = compiled(folder, blocking)
  const references = new Map(linesOf<Reference>(folder, 'reference-public.jsonl').map((reference) => [reference.id, reference]))
  const tests = linesOf<CrsTest>(folder, 'tests-public.jsonl')
  const failures: Record<string, string> = {}
  const otherwise: string[] = []
  const score = { wanted: [0, 0], unwanted: [0, 0], decisions: [0, 0] }
  for (const { id, wire, expect } of tests) {
    const fault = faultOf(detect, id, wire, expect)
    const kind = expect.expect_ids || expect.match_regex ? score.wanted : score.unwanted
    kind[1]!++
    if (fault === undefined) kind[0]!++
    else failures[id] = fault
    const reference = references.get(id)?.block_pl1
    const request = requestOf(Buffer.from(wire, 'base64').toString('latin1'), id)
    if (!request || !reference?.rules) continue
    score.decisions[1]!++
    if ((evaluate(block, request, answerTo(request)).interruption !== undefined) === (reference.status === 403)) score.decisions[0]!++
    else otherwise.push(id)
  }
  const total = ([passed = 0, of = 0]: readonly number[]): Score => ({ passed, of })
  return { tests: tests.length, failures, wanted: total(score.wanted), unwanted: total(score.unwanted), decisions: total(score.decisions), otherwise }
}

function faultOf(program: Program, id: string, wire: string, { expect_ids: wanted = [], no_expect_ids: unwanted = [], match_regex: told, no_match_regex: untold }: CrsTest['expect']): string | undefined {
  const request = requestOf(Buffer.from(wire, 'base64').toString('latin1'), id)
  if (!request) return 'is no request'
  const { matches } = evaluate(program, request, answerTo(request))
  const found = new Set(matches.map(({ rule }) => rule.id))
  const log = matches.map(({ rule, message, data }) => `[id "${rule.id}"] [msg "${message}"] [data "${data}"]`).join('\n')
  const faults = [
    ...wanted.filter((rule) => !found.has(rule)).map((rule) => `missing ${rule}`),
    ...unwanted.filter((rule) => found.has(rule)).map((rule) => `unexpected ${rule}`),
    ...(told !== undefined && !new RegExp(told).test(log) ? ['the log lacks what it should say'] : []),
    ...(untold !== undefined && new RegExp(untold).test(log) ? ['the log says what it should not'] : []),
  ]
  return faults.length === 0 ? undefined : faults.join(', ')
}
