// What becomes of a service's answer: a grant, or an answer for the client.
import { isBodiless } from '../../http/bodiless.js'
import { deltaSeconds, parseCacheControl } from '../../http/cache-control.js'
import { combinedValue, editFields, fieldValue } from '../../http/fields.js'
import { endToEnd } from '../../http/hop-by-hop.js'
import { hideOrigin, type PublicFace } from '../../http/hide-origin.js'
import { BytesPayload } from '../../http/payload.js'
import type { Answer } from '../../ports.js'
import type { Said } from '../service/stage.js'
import type { Granted } from './grant.js'

/** What an answer of 2xx grants. `copied` and `user` are lower-case names. */
export function grantOf({ fields }: Pick<Said, 'fields'>, copied: ReadonlySet<string>, user: string | undefined, face: PublicFace | undefined): Granted {
  const lines: string[] = []
  const cookies: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const lower = fields[i]!.toLowerCase()
    if (copied.has(lower)) lines.push(fields[i]!, fields[i + 1]!)
    if (lower === 'set-cookie') cookies.push('Set-Cookie', fields[i + 1]!)
  }
  return { lines, cookies: face ? hideOrigin(cookies, face) : cookies, user: user === undefined ? undefined : fieldValue(fields, user) }
}

/** For how long a grant may be remembered; 0 for not at all. */
export function grantMs({ fields }: Pick<Said, 'fields'>, { cookies }: Granted, ttlMs: number): number {
  const directives = parseCacheControl(combinedValue(fields, 'cache-control'))
  if (cookies.length > 0 || directives.has('no-store')) return 0
  return Math.min(ttlMs, (deltaSeconds(directives, 'max-age') ?? Infinity) * 1000)
}

const LENGTH: ReadonlySet<string> = new Set(['content-length'])

/** Any other answer as the client gets it. What says nothing of caching is not to be stored: it is about one client. */
export function relayed({ status, reason, fields, bytes }: Said, method: string, face: PublicFace | undefined): Answer {
  const kept = endToEnd(fields)
  const bodiless = isBodiless(status)
  const own = bodiless ? [] : ['Content-Length', String(bytes.byteLength)]
  if (fieldValue(fields, 'cache-control') === undefined) own.push('Cache-Control', 'no-store')
  return {
    status,
    reason,
    fields: editFields(face ? hideOrigin(kept, face) : kept, { remove: LENGTH, append: own }),
    body: bodiless || method === 'HEAD' ? undefined : new BytesPayload(bytes),
  }
}
