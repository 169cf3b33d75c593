// The server's answer, cleaned of what belongs to its connection.
import { GatewayError } from '../errors.js'
import { editFields } from '../http/fields.js'
import { endToEnd } from '../http/hop-by-hop.js'
import type { Answer } from '../ports.js'

/** A 101 has no body to be the length of (RFC 9110 §8.6). */
const OF_A_BODY: ReadonlySet<string> = new Set(['content-length'])

/** The answer for the next stage, or the error that it is: a final status between 200 and 599, or the 101 that was asked for. */
export function inboundAnswer(answer: Answer): Answer | GatewayError {
  const { status } = answer
  if (status === 101 && answer.tunnel) return { ...answer, fields: editFields(endToEnd(answer.fields), { remove: OF_A_BODY }) }
  if (status >= 200 && status <= 599) return { ...answer, fields: endToEnd(answer.fields) }
  answer.body?.cancel()
  return new GatewayError('http_protocol_error', { message: `the server answered with status ${status}` })
}
