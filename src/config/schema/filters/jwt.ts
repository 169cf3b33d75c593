// What an operator may say of JSON Web Tokens.
import * as v from 'valibot'
import { KEY_ALGORITHMS, keySetOf, SECRET_ALGORITHMS } from '../../key-set.js'
import { parseRequestKey } from '../../request-key.js'
import { checked, closed, described, duration, setting } from '../../shape.js'
import { originField } from './origin-field.js'
import { realm } from './realm.js'

const url = checked((text) => (/^https?:\/\/[^\s#]+$/.test(text) && URL.canParse(text) && new URL(text).username === '' ? undefined : 'is not an http(s) URL without a user and a fragment'))
const keySet = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>((value) => typeof value === 'object' && value !== null, 'must be a key set such as { "keys": […] }'),
  v.rawCheck(({ dataset, addIssue }) => {
    const keys = dataset.typed ? keySetOf(dataset.value) : undefined
    if (typeof keys === 'string') addIssue({ message: keys })
  }),
)
const oneOrMore = v.union([v.pipe(v.string(), v.minLength(1)), v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1, 'must have at least one member')), v.literal(false)])
const scalar = v.union([v.string(), v.number(), v.boolean()])

const settings = closed({
  jwksUrl: setting(url, 'Where the public keys of the issuer are, as a JSON Web Key Set. Asked for with the first token, and again from then on; tokens are refused with 503 until it has answered once. Hazard: over plain http, whoever is on the way can put keys of their own there.'),
  jwks: setting(keySet, 'The public keys themselves, as a JSON Web Key Set, in place of `jwksUrl`.'),
  secret: setting(v.pipe(v.string(), v.check((text) => byteLength(text) >= 32, 'must have at least 32 bytes')), 'The secret that tokens are signed with by HMAC, in place of keys. At least 32 bytes; HS384 takes 48, HS512 64. Hazard: whoever knows it can make tokens.'),
  issuer: described(oneOrMore, 'Who must have issued the token: its `iss`, or a list of which it must be one. `false`: anybody whose signature is right.'),
  audience: described(oneOrMore, 'Whom the token must be for: its `aud` must name it, or one of the list. `false`: for anybody. Hazard: with `false`, a token that an issuer gave for another service opens this one.'),
  algorithms: setting(v.pipe(v.array(v.picklist([...KEY_ALGORITHMS, ...SECRET_ALGORITHMS.keys()])), v.minLength(1, 'must have at least one member')), 'Algorithms that are taken. Default: with keys those of each key, with a secret HS256, HS384 and HS512, as far as it is long enough for them. `none` never is, nor HS… with keys.'),
  type: setting(v.pipe(v.string(), v.minLength(1)), 'What `typ` of the token\'s header must be, such as "at+jwt" (RFC 9068), so that other tokens of the same issuer are not taken. Default: anything.'),
  from: setting(
    checked((text) => (/^(header|cookie)$/.test(parseRequestKey(text)?.kind ?? '') ? undefined : 'is not a place such as "header:authorization" or "cookie:session"')),
    'The one place where the token is looked for: "header:…" or "cookie:…". Default "header:authorization", behind `Bearer`.',
  ),
  optional: setting(v.boolean(), 'Let requests without a token pass as nobody\'s. A token that is not right is refused all the same. Default false.'),
  scopes: setting(v.array(v.pipe(v.string(), v.regex(/^[!#-[\]-~]+$/, 'is not a scope (RFC 6749 §3.3)'))), 'Scopes that the token must have, all of them, in `scope` or `scp`; else 403.'),
  required: setting(v.record(v.string(), v.union([scalar, v.array(scalar)])), 'Claims that the token must have with this value, or with one of a list; else 403. A claim that is a list has each of its members. A dot leads into a claim, as in "realm_access.roles".'),
  forward: setting(v.record(v.string(), originField), 'Claims that servers get in a header, percent-encoded where they are not plain ASCII: lists divided by commas, objects as JSON. What clients send by these names, in any spelling, is taken off, whether there is a token or not.'),
  stripCredentials: setting(v.boolean(), 'Take the token off before the request goes on. Default false: servers can verify it themselves.'),
  clockSkew: setting(duration, 'How far clocks may be apart, for `exp` and `nbf`. Default "60s".'),
  refresh: setting(duration, 'How old keys from `jwksUrl` may be before they are asked for again. Default "10m". A token with a key that is not known has them asked for at once, every 30 s at the most.'),
  realm: realm('What `WWW-Authenticate` of a refusal calls this part of the site. Default "restricted".'),
})

/** Tokens of one issuer, or of several that share their keys. */
export const jwt = v.pipe(
  settings,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { jwksUrl, jwks, secret, algorithms = [], refresh } = dataset.value
    if ([jwksUrl, jwks, secret].filter((source) => source !== undefined).length !== 1) addIssue({ message: 'must have exactly one of "jwksUrl", "jwks" and "secret"' })
    if (refresh !== undefined && jwksUrl === undefined) addIssue({ message: 'has "refresh" without "jwksUrl"' })
    for (const algorithm of algorithms) {
      const least = SECRET_ALGORITHMS.get(algorithm)
      if ((least === undefined) === (secret !== undefined)) addIssue({ message: `has the algorithm ${algorithm}, which goes ${least === undefined ? 'with keys, not with a secret' : 'with a secret, not with keys'}` })
      else if (least !== undefined && byteLength(secret!) < least) addIssue({ message: `has the algorithm ${algorithm}, for which the secret must have at least ${least} bytes` })
    }
  }),
)

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength
}
