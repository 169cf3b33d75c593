// Reading the cookies of a request (RFC 6265 §4.2.1).
import { type Fields, fieldValues, isNamed } from './fields.js'

/** The value of a cookie, the first of that name; undefined when the client sent none. */
export function cookieValue(fields: Fields, name: string): string | undefined {
  return cookieValues(fields, name)[0]
}

/** The fields without a cookie, by whatever number of lines it came; the same list where it is not there. */
export function withoutCookie(fields: Fields, name: string): Fields {
  if (cookieValue(fields, name) === undefined) return fields
  const out: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const left = isNamed(fields[i]!, 'cookie') ? fields[i + 1]!.split(';').filter((pair) => nameOf(pair) !== name) : undefined
    if (!left) out.push(fields[i]!, fields[i + 1]!)
    else if (left.some((pair) => pair.trim() !== '')) out.push(fields[i]!, left.join(';').trim())
  }
  return out
}

/** Every value of a cookie, in order. */
export function cookieValues(fields: Fields, name: string): string[] {
  const pairs = fieldValues(fields, 'cookie').flatMap((line) => line.split(';'))
  return pairs.flatMap((pair) => (nameOf(pair) === name ? pair.slice(pair.indexOf('=') + 1).trim() : []))
}

/** Empty for a pair that is none. */
function nameOf(pair: string): string {
  return pair.slice(0, Math.max(0, pair.indexOf('='))).trim()
}
