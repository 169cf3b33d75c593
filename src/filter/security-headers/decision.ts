// Which fields an answer gets that tell browsers to be careful with it, beside those it has.
import type { FilterConfig } from '../../config/schema.js'
import { combinedValue, editFields, type Fields, fieldValue } from '../../http/fields.js'
import type { Answer } from '../../ports.js'
import { privateLine } from '../privately.js'
import { type HeaderSettings, PRESETS } from './presets.js'

/** The settings, compiled. */
export interface HeaderPolicy {
  /** Lines for clients that came by HTTP, and for those that came by HTTPS. */
  readonly lines: { readonly http: Fields; readonly https: Fields }
  readonly remove: ReadonlySet<string>
  readonly overwrite: boolean
  /** The policy that a nonce goes into; its name as a field, and whose request field tells of the nonce. */
  readonly nonced: { readonly name: string; readonly policy: string; readonly header: string } | undefined
}

export function headerPolicy(config: NonNullable<FilterConfig['securityHeaders']>): HeaderPolicy {
  const own: HeaderSettings = typeof config === 'string' ? { preset: config } : config
  const settings = { ...PRESETS[own.preset ?? 'basic'], ...own }
  const { hsts, contentSecurityPolicy: policy = false, reportOnly = false, nonceHeader: header = 'X-CSP-Nonce', remove = [], overwrite = false } = settings
  const name = reportOnly ? 'Content-Security-Policy-Report-Only' : 'Content-Security-Policy'
  const hasNonce = policy !== false && policy.includes('{nonce}')
  const http = [
    ['X-Content-Type-Options', settings.contentTypeOptions], ['Referrer-Policy', settings.referrerPolicy], ['Permissions-Policy', settings.permissionsPolicy], ['X-Frame-Options', settings.frameOptions],
    ['Cross-Origin-Opener-Policy', settings.openerPolicy], ['Cross-Origin-Embedder-Policy', settings.embedderPolicy], ['Cross-Origin-Resource-Policy', settings.resourcePolicy], [name, !hasNonce && policy],
  ].flatMap(([field, value]) => (value === false || value === undefined ? [] : [field, value])) as string[]
  return {
    lines: { http, https: hsts ? ['Strict-Transport-Security', hstsValue(hsts), ...http] : http },
    remove: new Set(remove.map((field) => field.toLowerCase())),
    overwrite,
    nonced: hasNonce ? { name, policy, header } : undefined,
  }
}

function hstsValue({ maxAge = 31_536_000_000, includeSubDomains = false, preload = false }: Exclude<HeaderSettings['hsts'], false | undefined>): string {
  return `max-age=${Math.floor(maxAge / 1000)}${includeSubDomains ? '; includeSubDomains' : ''}${preload ? '; preload' : ''}`
}

/** The answer with the lines. What it says itself stands, unless it is overwritten. */
export function guarded(answer: Answer, policy: HeaderPolicy, scheme: 'http' | 'https', nonce: string | undefined): Answer {
  if (answer.tunnel) return answer
  const { remove, overwrite, nonced } = policy
  const lines = policy.lines[scheme]
  // A nonce that a shared cache gives to everybody is none. A 304 renews the fields of the page that a browser has stored, in which another nonce stands.
  const wanted = nonced && nonce !== undefined && answer.status !== 304 ? [...lines, nonced.name, nonced.policy.replaceAll('{nonce}', nonce), ...privateLine(answer.fields)] : lines
  const left = remove.size > 0 ? editFields(answer.fields, { remove }) : answer.fields
  return { ...answer, fields: overwrite ? editFields(left, { set: wanted }) : [...left, ...absentOf(wanted, left)] }
}

function absentOf(wanted: Fields, there: Fields): string[] {
  const absent: string[] = []
  for (let i = 0; i < wanted.length; i += 2) {
    const lower = wanted[i]!.toLowerCase()
    if (lower !== 'cache-control' && fieldValue(there, lower) !== undefined) continue
    // The newer way to say it, which may allow what the older would refuse.
    if (lower === 'x-frame-options' && /\bframe-ancestors\b/i.test(combinedValue(there, 'content-security-policy') ?? '')) continue
    absent.push(wanted[i]!, wanted[i + 1]!)
  }
  return absent
}
