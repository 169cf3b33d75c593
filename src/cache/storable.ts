// Whether an answer may be stored by a shared cache (RFC 9111 §3).
import type { Fields } from '../http/fields.js'
import { combinedValue, fieldValue } from '../http/fields.js'
import { isForwardingField } from '../http/forwarded.js'
import { parseCacheControl } from '../http/cache-control.js'
import type { Keep, KeepOut } from './decision.js'
import { lifetimeSeconds } from './freshness.js'
import { varyNames } from './key.js'

/** What the decision looks at. */
export interface Candidate {
  readonly method: string
  readonly requestFields: Fields
  readonly status: number
  readonly fields: Fields
  /** Declared length of the body; undefined when it is not known yet. */
  readonly bytes: number | undefined
}

/**
 * Stores complete answers to GET with an explicit lifetime, unless the answer, the request or the private nature of
 * either forbids it. `Set-Cookie` keeps an answer out: one client's session must not be given to another.
 */
export function mayStore({ method, requestFields, status, fields, bytes }: Candidate, maxEntryBytes: number): Keep {
  if (method !== 'GET') return pass('request method')
  if (status < 200 || status === 206 || status === 304) return pass('status')
  if (parseCacheControl(combinedValue(requestFields, 'cache-control')).has('no-store')) return pass('request no-store')
  const directives = parseCacheControl(combinedValue(fields, 'cache-control'))
  if (directives.has('no-store')) return pass('response no-store')
  if (directives.has('private')) return pass('response private')
  if (directives.has('no-cache')) return pass('response no-cache')
  const shared = directives.has('public') || directives.has('s-maxage') || directives.has('must-revalidate')
  // RFC 9111 §3.5
  if (fieldValue(requestFields, 'authorization') !== undefined && !shared) return pass('authorization')
  if (fieldValue(fields, 'set-cookie') !== undefined) return pass('set-cookie')
  // What the gateway writes itself differs for every client, whatever the client sent under that name.
  if (varyNames(fields).some((name) => name === '*' || isForwardingField(name))) return pass('vary *')
  const lifetime = lifetimeSeconds(directives)
  if (lifetime === undefined || lifetime === 0) return pass('no lifetime')
  if (bytes !== undefined && bytes > maxEntryBytes) return pass('too large')
  return { kind: 'store', lifetimeSeconds: lifetime }
}

function pass(reason: KeepOut): Keep {
  return { kind: 'pass', reason }
}
