// Runs all tests against a gateway that listens somewhere, some at a time.
import type { TestDefinition } from './definitions.js'
import { type Outcome, runTest } from './run.js'

/** The suite's own number; most of the time is spent in pauses of 3 s. */
const AT_A_TIME = 50

export async function runAll(tests: readonly TestDefinition[], port: number): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>()
  const waiting = [...tests]
  const work = async (): Promise<void> => {
    for (let test = waiting.shift(); test; test = waiting.shift()) outcomes.set(test.id, await runTest(test, port))
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  return outcomes
}
