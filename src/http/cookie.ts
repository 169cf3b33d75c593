// Reading the cookies of a request (RFC 6265 §4.2.1).
import { type Fields, fieldValues } from './fields.js'

/** The value of a cookie, the first of that name; undefined when the client sent none. */
export function cookieValue(fields: Fields, name: string): string | undefined {
  const pairs = fieldValues(fields, 'cookie').flatMap((line) => line.split(';'))
  const found = pairs.find((pair) => pair.slice(0, pair.indexOf('=')).trim() === name)
  return found?.slice(found.indexOf('=') + 1).trim()
}
