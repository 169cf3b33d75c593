// Whether an answer came in a transfer coding that was not asked for (RFC 9112 §7): its body would go on coded, and nothing would say so.
import { GatewayError } from '../../src/index.js'
import { combinedValue, type Fields, listMembers } from '../../src/adapter.js'

/** The codings there are beside `chunked` (RFC 9112 §7.2). What bears another name is in none that anybody could take off, and goes on as it is. */
const CODINGS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress'])

/** The error that such an answer is; undefined for one in `chunked`, which runtimes take off, or in none. */
export function codingFault(fields: Fields): GatewayError | undefined {
  const coding = combinedValue(fields, 'transfer-encoding')
  if (coding === undefined) return undefined
  const names = listMembers(coding.toLowerCase())
  if (names.length < 2 && !CODINGS.has(names[0] ?? '')) return undefined
  return new GatewayError('http_protocol_error', { message: `the server answered in the transfer coding ${coding}` })
}
