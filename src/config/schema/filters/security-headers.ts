// What an operator may say of `securityHeaders`.
import * as v from 'valibot'
import { headFault } from '../../../http/framing.js'
import { checked, closed, duration, setting } from '../../shape.js'
import { fieldName } from '../texts.js'

function textFault(text: string): string | undefined {
  if (text === '') return 'is empty; write false to leave the field out'
  const fault = headFault('GET', ['x', text])
  if (fault !== undefined) return `has ${fault}`
  return /[^\x20-\x7e]/.test(text) ? 'has a character that is not ASCII' : undefined
}

const fixed = v.union([v.literal(false), checked((text) => (text.includes('{nonce}') ? 'has {nonce}, which only contentSecurityPolicy knows' : textFault(text)))])

const YEAR_MS = 31_536_000_000

const hsts = v.pipe(
  closed({
    maxAge: setting(duration, 'How long browsers ask for nothing but HTTPS. Default "365d". "0s" takes it back.'),
    includeSubDomains: setting(v.boolean(), 'Whether the same holds for every host below. Default false. Hazard: one that has no HTTPS is then out of reach.'),
    preload: setting(v.boolean(), 'Whether browsers may be shipped with it. Default false. Hazard: it takes months to be taken back.'),
  }),
  v.check(({ preload, includeSubDomains, maxAge = YEAR_MS }) => preload !== true || (includeSubDomains === true && maxAge >= YEAR_MS), 'has preload, which asks for includeSubDomains and a maxAge of at least "365d"'),
)

export const securityHeaders = v.union([
  v.picklist(['basic', 'strict', 'api']),
  v.pipe(
    closed({
      preset: setting(v.picklist(['basic', 'strict', 'api']), 'What is not told below. Default "basic".'),
      hsts: setting(v.union([v.literal(false), hsts]), '`Strict-Transport-Security`, for clients that came by HTTPS. Hazard: a browser that has seen it cannot be talked back to HTTP until it has run out.'),
      contentTypeOptions: setting(fixed, '`X-Content-Type-Options`: content is what its type says.'),
      referrerPolicy: setting(fixed, '`Referrer-Policy`: what other sites learn of where a visitor came from.'),
      permissionsPolicy: setting(fixed, '`Permissions-Policy`: which devices pages may ask for.'),
      frameOptions: setting(fixed, '`X-Frame-Options`, for browsers that do not know `frame-ancestors`. Left out where the answer\'s own policy has that.'),
      openerPolicy: setting(fixed, '`Cross-Origin-Opener-Policy`: whether pages share a window group with those that open them.'),
      embedderPolicy: setting(fixed, '`Cross-Origin-Embedder-Policy`. Hazard: "require-corp" keeps out what other sites have not released by a field of theirs.'),
      resourcePolicy: setting(fixed, '`Cross-Origin-Resource-Policy`: who may embed what is served here.'),
      contentSecurityPolicy: setting(v.union([v.literal(false), checked(textFault)]), '`Content-Security-Policy`. `{nonce}` is replaced by a text that nobody can guess, another one for each answer; the server is told it in `nonceHeader`. Nothing is then stored by the cache of a route.'),
      reportOnly: setting(v.boolean(), 'Whether the policy only reports: `Content-Security-Policy-Report-Only`. Default false.'),
      nonceHeader: setting(fieldName, 'The request field that tells the server the nonce. Default "X-CSP-Nonce". What clients send by that name is dropped.'),
      remove: setting(v.array(fieldName), 'Fields that no answer is to have.'),
      overwrite: setting(v.boolean(), 'Whether these fields replace what the answer says itself. Default false: a server knows its pages better. Hazard: it replaces the policies of error pages and of `challenge` too, when those filters stand behind this one.'),
    }),
    v.check(({ nonceHeader, contentSecurityPolicy }) => nonceHeader === undefined || (typeof contentSecurityPolicy === 'string' && contentSecurityPolicy.includes('{nonce}')), 'has a nonceHeader, and no {nonce} in contentSecurityPolicy'),
  ),
])
