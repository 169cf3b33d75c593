// How many interim answers to one request a server may send.
import { GatewayError } from '../../src/index.js'

/** Beyond these a server is taken to be broken. */
export const MAX_INTERIM_ANSWERS = 100

/** The error that the last of so many is; undefined while they are within the limit. */
export function interimFault(count: number): GatewayError | undefined {
  if (count <= MAX_INTERIM_ANSWERS) return undefined
  return new GatewayError('http_protocol_error', { message: `the server sent more than ${MAX_INTERIM_ANSWERS} interim answers` })
}
