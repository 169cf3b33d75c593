// What a server allows the pages of other origins, as the CORS protocol says it (Fetch §3.2).
import { originMatcher } from '../../config/origin-pattern.js'
import type { FilterConfig } from '../../config/schema.js'
import { combinedValue, type Fields, fieldValue } from '../../http/fields.js'
import { isToken, listMembers } from '../../http/tokens.js'

type CorsConfig = NonNullable<FilterConfig['cors']>

/** The policy, compiled. */
export interface CorsPolicy {
  /** Whether pages of this origin may read; anybody's when undefined, and then no answer depends on who asks. */
  readonly allows: ((origin: string) => boolean) | undefined
  readonly credentials: Fields
  readonly exposed: Fields
  readonly methods: string
  /** Undefined: whatever is asked for. */
  readonly headers: string | undefined
  readonly maxAge: Fields
  readonly privateNetwork: boolean
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
/** A list longer than this is no browser's. */
const MAX_ASKED = 4096

export function corsPolicy({ origins, methods = METHODS, headers, exposed = [], credentials = false, maxAge, privateNetwork = false }: CorsConfig): CorsPolicy {
  return {
    allows: origins.includes('*') ? undefined : originMatcher(origins),
    credentials: credentials ? ['Access-Control-Allow-Credentials', 'true'] : [],
    exposed: exposed.length > 0 ? ['Access-Control-Expose-Headers', exposed.join(', ')] : [],
    methods: methods.join(', '),
    headers: headers?.join(', '),
    maxAge: maxAge === undefined ? [] : ['Access-Control-Max-Age', String(Math.floor(maxAge / 1000))],
    privateNetwork,
  }
}

/** The origin that asks; undefined when none is told. Two `Origin` lines are one that no list has. */
export function askingOrigin(fields: Fields): string | undefined {
  return combinedValue(fields, 'origin')
}

/** Whether a browser asks for leave before it sends the request itself (Fetch §3.2.2). */
export function isPreflight(method: string, fields: Fields): boolean {
  return method === 'OPTIONS' && fieldValue(fields, 'access-control-request-method') !== undefined && fieldValue(fields, 'origin') !== undefined
}

/** The fields that let the origin read an answer; none where it may not. */
export function answerFields(policy: CorsPolicy, origin: string | undefined): Fields {
  const leave = leaveFields(policy, origin)
  return leave.length === 0 ? leave : [...leave, ...policy.exposed]
}

function leaveFields({ allows, credentials }: CorsPolicy, origin: string | undefined): Fields {
  if (!allows) return ['Access-Control-Allow-Origin', '*', ...credentials]
  return origin !== undefined && allows(origin) ? ['Access-Control-Allow-Origin', origin, ...credentials] : []
}

const PREFLIGHT_VARY = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

/** The fields of the answer to a preflight. A browser compares them with what it wants, and tells its user what was missing. */
export function preflightFields(policy: CorsPolicy, origin: string, asked: Fields): Fields {
  const leave = leaveFields(policy, origin)
  const vary = ['Vary', policy.privateNetwork ? `${PREFLIGHT_VARY}, Access-Control-Request-Private-Network` : PREFLIGHT_VARY]
  if (leave.length === 0) return vary
  const headers = policy.headers ?? namesAsked(asked)
  return [
    ...leave,
    'Access-Control-Allow-Methods', policy.methods,
    ...(headers === '' ? [] : ['Access-Control-Allow-Headers', headers]),
    ...policy.maxAge,
    ...(policy.privateNetwork && fieldValue(asked, 'access-control-request-private-network') === 'true' ? ['Access-Control-Allow-Private-Network', 'true'] : []),
    ...vary,
  ]
}

function namesAsked(fields: Fields): string {
  const asked = combinedValue(fields, 'access-control-request-headers') ?? ''
  return asked.length > MAX_ASKED ? '' : listMembers(asked).filter(isToken).join(', ')
}
