// The server's answer, cleaned of what belongs to its connection.
import { GatewayError } from '../errors.js'
import { editFields, type FieldEdits } from '../http/fields.js'
import { endToEnd } from '../http/hop-by-hop.js'
import type { Answer } from '../ports.js'

const AS_IT_IS: FieldEdits = {}
const LENGTHLESS: FieldEdits = { remove: new Set(['content-length']) }

/**
 * What a status says of the length, whatever the server says: 101 and 204 have none (RFC 9110 §8.6). With 205 it is 0 (§15.3.6), and has
 * to be told: clients read any other as the length of what follows, and none as a body up to the end of the connection (RFC 9112 §6.3).
 */
const LENGTH_BY_STATUS: Readonly<Record<number, FieldEdits>> = { 101: LENGTHLESS, 204: LENGTHLESS, 205: { set: ['Content-Length', '0'] } }

/** The answer for the next stage, or the error that it is: a final status between 200 and 599, or the 101 that was asked for. */
export function inboundAnswer({ status, reason, fields, body, tunnel, close }: Answer): Answer | GatewayError {
  if ((status >= 200 && status <= 599) || (status === 101 && tunnel)) return { status, reason, fields: editFields(endToEnd(fields), LENGTH_BY_STATUS[status] ?? AS_IT_IS), body, tunnel, close }
  body?.cancel()
  return new GatewayError('http_protocol_error', { message: `the server answered with status ${status}` })
}
