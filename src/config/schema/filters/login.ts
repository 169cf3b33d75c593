// What an operator may say of login: the OpenID provider that users log in at, and the session that follows.
import * as v from 'valibot'
import { isToken } from '../../../http/tokens.js'
import { checked, closed, described, duration, setting } from '../../shape.js'
import { originField } from './origin-field.js'

const issuer = checked((text) => (/^https?:\/\/[^\s?#@]+$/.test(text) && URL.canParse(text) ? undefined : 'is not an http(s) URL such as "https://login.example.com/realms/a", without a query'))
const ownPath = checked((text) => (/^\/(?![/\\])[\w./~-]*$/.test(text) && !/\/\.{0,2}(\/|$)/.test(text) ? undefined : 'is not a plain path such as "/.auth/callback"'))
const secret = v.pipe(v.string(), v.minLength(32, 'must have at least 32 characters; make one with `openssl rand -base64 32`'))
const cookieName = checked((text) => (isToken(text) && text.startsWith('__Host-') && text.length > 7 ? undefined : 'is not a cookie name that begins with "__Host-", which keeps other hosts from setting it'))
const origin = checked((text) => (/^https?:\/\/[^/?#\s@]+$/.test(text) && URL.canParse(text) ? undefined : 'is not an origin such as "https://app.example.com"'))

export const login = closed({
  issuer: described(issuer, 'The OpenID provider, by its issuer identifier; the rest is found at `/.well-known/openid-configuration` below it. Hazard: with `http:`, anybody on the way can be the provider.'),
  clientId: described(v.pipe(v.string(), v.minLength(1)), 'By which the provider knows this gateway.'),
  clientSecret: setting(v.string(), 'The secret that goes with it. Default: none, as for a public client; PKCE is used either way.'),
  clientAuth: setting(v.picklist(['basic', 'post']), 'How the secret is sent: "basic" (`Authorization`) or "post" (in the form). Default: "basic" where the provider takes it.'),
  scopes: setting(v.array(v.string()), 'What is asked for; "openid" always is. Default `["openid"]`. Refresh tokens often want "offline_access".'),
  parameters: setting(v.record(v.string(), v.string()), 'Further parameters of the authorization request, such as `{ "prompt": "consent" }`.'),
  redirectPath: setting(ownPath, 'Where the provider sends users back to; register it there with scheme and host. Requests for it have to reach this filter. Default "/.auth/callback".'),
  logoutPath: setting(ownPath, 'Where a session ends. Default "/.auth/logout".'),
  afterLogout: setting(ownPath, 'Where users are sent then. Default: a page that says so. Hazard: at a path that this filter guards, a provider that remembers them logs them in again.'),
  sessionTtl: setting(duration, 'How long a session lasts from the login on, refreshed or not. Default "8h". Hazard: it cannot be taken back sooner, unless the provider gives refresh tokens: it then ends with them.'),
  secret: described(v.union([secret, v.pipe(v.array(secret), v.minLength(1, 'must have at least one secret'))]), 'What cookies are encrypted with, at least 32 characters, the same in every process. A list for changing it: the first encrypts, all decrypt.'),
  cookieName: setting(cookieName, 'Name of the session cookie, which begins with "__Host-"; several logins on one host need names of their own. Default "__Host-session".'),
  origin: setting(origin, 'Scheme and host that users see, for the address that the provider sends them back to. Default: as the client asked, after trusted proxies.'),
  user: setting(v.string(), 'Claim that names who asks, for the log and other filters. Default "sub".'),
  forward: setting(v.record(v.string(), originField), 'Claims of the ID token that the origin gets, each with the header that it gets it by: `{ "email": "X-Email" }`. A dot leads into a claim. What clients send under these names is always removed, in any spelling.'),
  timeout: setting(duration, 'For each answer of the provider. Default "5s".'),
})
