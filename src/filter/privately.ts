// Lines of an answer that are for one client alone: no shared cache in front may give them to others (RFC 9111 §5.2.2.7).
import { namedFields, parseCacheControl } from '../http/cache-control.js'
import { combinedValue, editFields, type Fields } from '../http/fields.js'

/** What shared caches go by before they look at `Cache-Control` (RFC 9213 §2). */
const FOR_SHARED: ReadonlySet<string> = new Set(['cdn-cache-control', 'surrogate-control'])

/** The line that keeps an answer private; none where it is so, or is not stored at all. */
export function privateLine(fields: Fields): Fields {
  const directives = parseCacheControl(combinedValue(fields, 'cache-control'))
  return directives.has('no-store') || (directives.has('private') && !namedFields(directives, 'private')) ? [] : ['Cache-Control', 'private']
}

/** An answer's fields with cookies of one client. The server that lets everybody have its answer does not know of them. */
export function withCookies(fields: Fields, cookies: Fields): Fields {
  return editFields(fields, { remove: FOR_SHARED, append: [...cookies, ...privateLine(fields)] })
}
