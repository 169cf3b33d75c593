// Whether an answer came in a transfer coding that was not asked for (RFC 9112 §7): its body would go on coded, and nothing would say so.
import { GatewayError } from '../../src/index.js'
import { combinedValue, type Fields } from '../../src/adapter.js'

/** The error that such an answer is; undefined for one in `chunked`, which runtimes take off, or in none. */
export function codingFault(fields: Fields): GatewayError | undefined {
  const coding = combinedValue(fields, 'transfer-encoding')
  if (coding === undefined || /^(chunked|identity)$/i.test(coding)) return undefined
  return new GatewayError('http_protocol_error', { message: `the server answered in the transfer coding ${coding}` })
}
