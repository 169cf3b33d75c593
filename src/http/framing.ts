// Whether a request's framing can be read in one way only (RFC 9112 §6, §11.2).
import { type Fields, fieldValues, isNamed } from './fields.js'
import { isToken } from './tokens.js'

/** How a request's body is delimited. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'fault'; readonly detail: string }

const NO_BODY: Framing = { kind: 'none' }
const CHUNKED: Framing = { kind: 'chunked' }

/**
 * Reads the framing of a request, and refuses every message that two readers could cut differently: both framing
 * fields, more than one length, a transfer coding besides `chunked`, or a length that is not plain digits. Runtimes
 * differ in what their parsers let through, so this is asked of every request on every one of them.
 */
export function requestFraming(fields: Fields): Framing {
  let length: string | undefined
  let coding: string | undefined
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    if (isNamed(name, 'content-length')) {
      if (length !== undefined) return fault('more than one Content-Length')
      length = value
    } else if (isNamed(name, 'transfer-encoding')) {
      if (coding !== undefined) return fault('more than one Transfer-Encoding')
      coding = value
    }
  }
  if (coding !== undefined) {
    if (length !== undefined) return fault('both Content-Length and Transfer-Encoding')
    return coding.toLowerCase() === 'chunked' ? CHUNKED : fault('a Transfer-Encoding other than "chunked"')
  }
  if (length === undefined) return NO_BODY
  if (!/^\d{1,15}$/.test(length)) return fault('a Content-Length that is not a decimal number')
  return { kind: 'length', bytes: Number(length) }
}

const BAD_VALUE = /[\0-\x08\n-\x1f\x7f]/

/** What makes a head unreadable for the next parser, or undefined: a name that is no token, or a control character other than tab in a value (RFC 9110 §5.5). */
export function headFault(method: string, fields: Fields): string | undefined {
  if (!isToken(method)) return 'a method that is not a token'
  for (let i = 0; i < fields.length; i += 2) {
    if (!isToken(fields[i]!)) return 'a field name that is not a token'
    if (BAD_VALUE.test(fields[i + 1]!)) return 'a control character in a field value'
  }
  return undefined
}

/** The single Host value of a request, empty when it has none, or undefined when it has several (RFC 9112 §3.2). */
export function singleHost(fields: Fields): string | undefined {
  const hosts = fieldValues(fields, 'host')
  return hosts.length > 1 ? undefined : (hosts[0] ?? '')
}

function fault(detail: string): Framing {
  return { kind: 'fault', detail }
}
