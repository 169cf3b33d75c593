// What the suite checks of a test's answers, and of what the origin saw. The order is the suite's: it decides what counts as set-up.
import type { RequestDefinition } from './definitions.js'
import { resolvedValue } from './magic.js'
import type { Seen } from './origin.js'
import type { Got } from './run.js'

/** A check that did not hold. One that belongs to the set-up says nothing about the cache. */
export class Failure extends Error {
  readonly isSetup: boolean

  constructor(isSetup: boolean, message: string) {
    super(message)
    this.isSetup = isSetup
  }
}

const BODILESS = new Set([204, 304])

export function checkAnswer(definition: RequestDefinition, number: number, got: Got, id: string): void {
  const { headers, status } = got
  const isSetup = setupOf(definition)
  const count = Number.parseInt(headers.get('server-request-count') ?? '', 10)
  const numbers = headers.get('request-numbers')?.split(' ') ?? []
  check(true, numbers.length === new Set(numbers).size, 'the gateway sent a request twice')

  if (definition.expected_type === 'cached' && !(status === 304 && Number.isNaN(count))) check(isSetup('expected_type'), count < number, `answer ${number} does not come from the cache`)
  if (definition.expected_type === 'not_cached') check(isSetup('expected_type'), count === number, `answer ${number} comes from the cache`)

  const { expected_status: wanted, response_status: given } = definition
  if (wanted !== undefined) check(isSetup('expected_status'), wanted === null || status === wanted, `answer ${number} has status ${status}, not ${wanted}`)
  else if (given) check(true, status === given[0], `answer ${number} has status ${status}, not ${given[0]}`)
  else check(status === 999 ? isSetup('expected_type') : true, status === 200, `answer ${number} has status ${status}`)

  for (const expected of definition.expected_response_headers ?? []) checkField(expected, definition, number, headers, isSetup('expected_response_headers'))
  for (const unwanted of definition.expected_response_headers_missing ?? []) {
    const [name, value] = typeof unwanted === 'string' ? [unwanted, ''] : unwanted
    // The suite's own check of a value never fails: it reads a property that is always undefined.
    check(isSetup('expected_response_headers_missing'), !headers.get(name)?.includes(value) && !(value === '' && headers.has(name)), `answer ${number} has ${name}: ${headers.get(name)}`)
  }
  checkInterim(definition, number, got, isSetup('expected_interim_responses'))
  checkBody(definition, number, got, id, isSetup('expected_response_text'))
}

export function checkOrigin(definitions: readonly RequestDefinition[], answers: readonly Got[], state: readonly Seen[]): void {
  let at = 0
  for (const [i, definition] of definitions.entries()) {
    const number = i + 1
    const { expected_type: type } = definition
    if (type === 'cached') continue
    const isSetup = setupOf(definition)
    const seen = state[at++]
    if (type === 'not_cached') check(isSetup('expected_type'), seen?.number === number, `request ${number} did not reach the origin`)
    const condition = type === 'etag_validated' ? 'if-none-match' : type === 'lm_validated' ? 'if-modified-since' : undefined
    if (condition !== undefined) check(isSetup('expected_type'), seen?.headers[condition] !== undefined, `request ${number} has no ${condition}`)
    for (const expected of definition.expected_request_headers ?? []) {
      const [name, value] = typeof expected === 'string' ? [expected] : expected
      const told = seen?.headers[name.toLowerCase()]
      check(isSetup('expected_request_headers'), value === undefined ? told !== undefined : told === value, `request ${number} has ${name}: ${told}`)
    }
    for (const unwanted of definition.expected_request_headers_missing ?? []) {
      const [name, value] = typeof unwanted === 'string' ? [unwanted] : unwanted
      const told = seen?.headers[name.toLowerCase()]
      check(isSetup('expected_request_headers_missing'), value === undefined ? told === undefined : told !== value, `request ${number} has ${name}: ${told}`)
    }
    for (const [name, value] of seen?.checked ?? []) {
      if (name.toLowerCase() !== 'date') check(true, answers[i]!.headers.get(name) === value, `answer ${number} has ${name}: ${answers[i]!.headers.get(name)}, not ${value}`)
    }
    if (definition.expected_method !== undefined) check(isSetup('expected_method'), seen?.method === definition.expected_method, `request ${number} is a ${seen?.method}`)
  }
}

function checkField(expected: NonNullable<RequestDefinition['expected_response_headers']>[number], definition: RequestDefinition, number: number, headers: Headers, isSetup: boolean): void {
  if (typeof expected === 'string') return check(isSetup, headers.has(expected), `answer ${number} has no ${expected}`)
  const [name, second, third] = expected
  const value = headers.get(name)
  if (third !== undefined) check(isSetup, value !== null && (second === '=' ? value === headers.get(String(third)) : Number.parseInt(value, 10) > Number(third)), `answer ${number} has ${name}: ${value}, wanted ${second} ${third}`)
  else {
    const wanted = resolvedValue([name, second], definition, Number(headers.get('server-now')), headers.get('server-base-url') ?? '')
    check(isSetup, value === wanted, `answer ${number} has ${name}: ${value}, not ${wanted}`)
  }
}

function checkInterim({ expected_interim_responses: expected }: RequestDefinition, number: number, { interim }: Got, isSetup: boolean): void {
  if (!expected) return
  for (const [i, [status, lines = []]] of expected.entries()) {
    check(isSetup, interim[i]?.status === status, `answer ${number} has interim answer ${interim[i]?.status}, not ${status}`)
    for (const [name, value] of lines) check(isSetup, interim[i]!.headers.get(name) === value, `interim answer ${i + 1} has ${name}: ${interim[i]!.headers.get(name)}`)
  }
  check(isSetup, interim.length === expected.length, `answer ${number} has ${interim.length} interim answers`)
}

function checkBody(definition: RequestDefinition, number: number, { status, body }: Got, id: string, isSetup: boolean): void {
  const { check_body: checked = true, expected_response_text: wanted, response_body: given } = definition
  if (!checked || wanted === null) return
  if (wanted !== undefined) check(isSetup, body === wanted, `answer ${number} has the body ${body}, not ${wanted}`)
  else if (given !== undefined && given !== null) check(true, body === given, `answer ${number} has the body ${body}, not ${given}`)
  else if (!BODILESS.has(status) && definition.request_method !== 'HEAD') check(true, body === id, `answer ${number} has the body ${body}, not ${id}`)
}

function setupOf({ setup, setup_tests: steps }: RequestDefinition): (step: string) => boolean {
  return (step) => setup === true || (steps?.includes(step) ?? false)
}

function check(isSetup: boolean, holds: boolean, message: string): void {
  if (!holds) throw new Failure(isSetup, message)
}
