// The server's answer, cleaned of what belongs to its connection.
import { GatewayError } from '../errors.js'
import { endToEnd } from '../http/hop-by-hop.js'
import type { Answer } from '../ports.js'

/** The answer for the next stage, or the error that it is: a final status between 200 and 599, or the 101 that was asked for. */
export function inboundAnswer(answer: Answer): Answer | GatewayError {
  const { status } = answer
  if (status === 101 && answer.tunnel) return { ...answer, fields: endToEnd(answer.fields) }
  if (status >= 200 && status <= 599) return { ...answer, fields: endToEnd(answer.fields) }
  answer.body?.cancel()
  return new GatewayError('http_protocol_error', { message: `the server answered with status ${status}` })
}
