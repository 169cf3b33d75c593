// What the result of a probe says of its target.
import type { GatewayError } from '../../errors.js'
import { type Fields, fieldValues } from '../../http/fields.js'
import { observationOf } from './observation.js'

/** `void`: the probe failed on this side, and told nothing. */
export type ProbeVerdict = { readonly kind: 'pass' } | { readonly kind: 'fail' | 'void'; readonly reason: string }

/** What an answer to an HTTP probe has to be. */
export interface ExpectedAnswer {
  /** Ranges of status codes, both ends included. Default 200 to 399. */
  readonly statuses: readonly (readonly [from: number, to: number])[]
  /** Names in lower case, and the value that one line of that name must have. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Text that the body must contain; undefined for any body. */
  readonly bodyText: string | undefined
}

export interface ProbeAnswer {
  readonly status: number
  readonly fields: Fields
  /** As much of the body as was read; empty when no text is expected in it. */
  readonly body: string
}

export const DEFAULT_EXPECTED: ExpectedAnswer = { statuses: [[200, 399]], fields: [], bodyText: undefined }

/** Also the verdict on a TCP probe that has connected: it asks for no more. */
export const PASS: ProbeVerdict = { kind: 'pass' }

export function judgeAnswer({ status, fields, body }: ProbeAnswer, expected: ExpectedAnswer): ProbeVerdict {
  if (!expected.statuses.some(([from, to]) => status >= from && status <= to)) return fail(`status ${status}, expected ${expected.statuses.map(rangeText).join(', ')}`)
  for (const [name, value] of expected.fields) {
    const values = fieldValues(fields, name)
    if (!values.some((each) => each.trim() === value)) return fail(values.length === 0 ? `no ${name}, expected "${value}"` : `${name} is "${values.join('", "')}", expected "${value}"`)
  }
  return expected.bodyText === undefined || body.includes(expected.bodyText) ? PASS : fail(`"${expected.bodyText}" is not in the first ${body.length} characters of the body`)
}

/** The verdict on a probe that got no answer. */
export function judgeProbeError(error: GatewayError): ProbeVerdict {
  const { kind } = observationOf(error)
  return { kind: kind === 'failure' ? 'fail' : 'void', reason: error.message }
}

function rangeText([from, to]: readonly [number, number]): string {
  return from === to ? `${from}` : `${from}-${to}`
}

function fail(reason: string): ProbeVerdict {
  return { kind: 'fail', reason }
}
