// What an answer to an unsafe method makes invalid (RFC 9111 §4.4).
import { type Fields, fieldValue } from '../http/fields.js'

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

/** Whether the method may change something. One that nobody knows may. */
export function isUnsafe(method: string): boolean {
  return !SAFE.has(method)
}

/** Whether what is stored for the target must go: an unsafe method, and an answer that is no error. */
export function invalidates(method: string, status: number): boolean {
  return isUnsafe(method) && status >= 200 && status < 400
}

/** The targets that such an answer is about beside the one asked for: those of its Location and Content-Location. */
export function relatedReferences(fields: Fields): string[] {
  return ['location', 'content-location'].flatMap((name) => fieldValue(fields, name) ?? [])
}
