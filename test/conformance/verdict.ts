// What a run says about the cache, as the suite counts it.
import type { TestDefinition } from './definitions.js'
import type { Outcome } from './run.js'

export type Verdict = 'pass' | 'fail' | 'optional fail' | 'yes' | 'no' | 'setup failure' | 'dependency failure'

/** A test that rests on one that did not succeed says nothing, even where it succeeded itself. */
export function verdicts(tests: readonly TestDefinition[], outcomes: ReadonlyMap<string, Outcome>): Map<string, Verdict> {
  const byId = new Map(tests.map((test) => [test.id, test]))
  const known = new Map<string, Verdict>()
  const verdictOf = (id: string): Verdict => {
    const found = known.get(id)
    if (found) return found
    const { kind = 'required', depends_on: basis = [] } = byId.get(id)!
    const verdict = basis.every((other) => ['pass', 'yes'].includes(verdictOf(other))) ? judge(kind, outcomes.get(id)!) : 'dependency failure'
    known.set(id, verdict)
    return verdict
  }
  for (const { id } of tests) verdictOf(id)
  return known
}

function judge(kind: NonNullable<TestDefinition['kind']>, outcome: Outcome): Verdict {
  if (outcome.kind === 'setup') return 'setup failure'
  const succeeded = outcome.kind === 'success'
  if (kind === 'check') return succeeded ? 'yes' : 'no'
  return succeeded ? 'pass' : kind === 'optimal' ? 'optional fail' : 'fail'
}

export interface Score {
  readonly required: string
  readonly optimal: string
  readonly checks: string
}

/** The figures that published results are given in. */
export function scoreOf(tests: readonly TestDefinition[], known: ReadonlyMap<string, Verdict>): Score {
  const count = (wanted: NonNullable<TestDefinition['kind']>, good: Verdict): string => {
    const ids = tests.filter(({ kind = 'required' }) => kind === wanted).map(({ id }) => id)
    return `${ids.filter((id) => known.get(id) === good).length} of ${ids.length}`
  }
  return { required: count('required', 'pass'), optimal: count('optimal', 'pass'), checks: count('check', 'yes') }
}
