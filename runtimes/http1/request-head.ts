// The head of a request as it goes out over a connection (RFC 9112 §3, §5).
import { type Fields, fieldValue } from '../../src/adapter.js'
import { GatewayError } from '../../src/index.js'

/** Methods whose requests have no body unless one is announced; of any other, a server would wait to hear that there is none (RFC 9110 §8.6). */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const TARGET = /^[\x21-\x7e]+$/
/** Above U+00FF too: cut down to a byte, some of those are line ends. */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/

/** The head of a request without a body, to be written as Latin-1. `keeps`: its connection is to be used again. Throws a GatewayError for what would be read as something else. */
export function requestHead(method: string, target: string, fields: Fields, keeps: boolean): string {
  if (!TOKEN.test(method) || !TARGET.test(target)) throw unwritable('request line')
  let head = `${method} ${target} HTTP/1.1\r\n`
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    if (!TOKEN.test(name) || NOT_IN_VALUE.test(value)) throw unwritable(`field ${name}`)
    head += `${name}: ${value}\r\n`
  }
  if (!BODILESS.has(method) && fieldValue(fields, 'content-length') === undefined) head += 'Content-Length: 0\r\n'
  return keeps ? `${head}\r\n` : `${head}Connection: close\r\n\r\n`
}

function unwritable(what: string): GatewayError {
  return new GatewayError('proxy_internal_error', { message: `the ${what} cannot be written` })
}
