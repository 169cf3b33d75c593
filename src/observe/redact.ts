// Which values of a query are left out of a log, since whoever reads it could use them.

/** Parameters that carry secrets by custom: of OAuth 2 and OpenID Connect, of signed URLs, of API keys, of forms sent by GET. */
export const SECRET_PARAMETERS: readonly string[] = [
  'access_token', 'api_key', 'apikey', 'auth', 'client_secret', 'code', 'id_token', 'jwt', 'key', 'password', 'passwd', 'pwd',
  'refresh_token', 'secret', 'session', 'sig', 'signature', 'token', 'x-amz-credential', 'x-amz-security-token', 'x-amz-signature',
]

const REDACTED = 'redacted'

/** A URL or request target with the values of the named parameters replaced. `names` are in lower case; an encoded name is seen as what it stands for. */
export function redactQuery(url: string, names: ReadonlySet<string>): string {
  const start = url.search(BEGINNING)
  if (start < 0) return url
  // `;` parts parameters for some servers, and a fragment may hold tokens as well (RFC 6749 §4.2.2).
  return url.slice(0, start) + url.slice(start).replace(PARAMETER, (whole, before: string, name: string) => (names.has(plainName(name)) ? `${before}${name}=${REDACTED}` : whole))
}

const BEGINNING = /[?#]/
const PARAMETER = /([?#&;])([^&;#?=]+)=[^&;#]*/g

function plainName(name: string): string {
  return name.replace(/%[0-9a-f]{2}/gi, (octet) => String.fromCharCode(parseInt(octet.slice(1), 16))).toLowerCase()
}
