// Takes the origin out of an answer's fields: addresses become the client's, cookies bind to the client's host.
import { type Fields, isNamed } from './fields.js'

/** How what the origin calls itself maps to what the client sees. */
export interface PublicFace {
  /** Host names of the origin, lower case, IPv6 addresses in brackets. */
  readonly hostnames: ReadonlySet<string>
  readonly scheme: 'http' | 'https'
  /** Authority the client used. */
  readonly host: string
  /** Prefix the client sees and the origin does not. */
  readonly stripPrefix: string
  /** Prefix the origin sees and the client does not. */
  readonly addPrefix: string
}

/** Fields that tell what runs behind us and are of no use to a client. */
export const TELLTALE: ReadonlySet<string> = new Set(['server', 'x-powered-by', 'x-aspnet-version', 'x-aspnetmvc-version', 'via', 'alt-svc'])

/** Rewrites the fields that can name the origin (`Location`, `Content-Location`, `Refresh`, `Link`, `Set-Cookie`) and drops the telltale ones. */
export function hideOrigin(fields: Fields, face: PublicFace): Fields {
  const out: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    const lower = name.toLowerCase()
    if (!TELLTALE.has(lower)) out.push(name, publicValue(lower, value, face))
  }
  return out
}

function publicValue(lower: string, value: string, face: PublicFace): string {
  switch (lower) {
    case 'location':
    case 'content-location':
      return publicUrl(value, face)
    case 'refresh':
      return value.replace(/^(\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?["']?)([^"']+)/i, (_, before: string, url: string) => before + publicUrl(url, face))
    case 'link':
      return value
        .replace(/<([^>]*)>/g, (_, url: string) => `<${publicUrl(url, face)}>`)
        .replace(/(;\s*anchor\s*=\s*")([^"]*)/gi, (_, before: string, url: string) => before + publicUrl(url, face))
    case 'set-cookie':
      return publicCookie(value, face)
    default:
      return value
  }
}

const ABSOLUTE = /^(https?:)?\/\/([^/?#]*)(.*)$/i

/** A URL reference as the client must see it. Other sites and paths relative to the current one stay as they are. */
export function publicUrl(reference: string, face: PublicFace): string {
  const url = reference.trim()
  const absolute = ABSOLUTE.exec(url)
  if (!absolute) return url.startsWith('/') ? publicPath(url, face) : reference
  const [, scheme, written, rest] = absolute
  const authority = written!.slice(written!.lastIndexOf('@') + 1).toLowerCase()
  // Whatever the port: an origin does not know under which one it is reached, and often guesses its scheme's.
  if (!face.hostnames.has(authority.replace(/:\d*$/, ''))) return reference
  return `${scheme === undefined ? '' : `${face.scheme}:`}//${face.host}${publicPath(rest!, face)}`
}

/** The path of the client's side for one of the origin's. One outside of the added prefix cannot be reached; it is left. */
function publicPath(path: string, { stripPrefix, addPrefix }: PublicFace): string {
  if (!path.startsWith(addPrefix) || (addPrefix !== '' && !/^[/?#]?$/.test(path.charAt(addPrefix.length)))) return path
  return stripPrefix + path.slice(addPrefix.length)
}

/** Drops a Domain that the client's host does not belong to, which its browser would refuse, and maps Path. */
function publicCookie(cookie: string, face: PublicFace): string {
  const [pair, ...attributes] = cookie.split(';')
  const kept = attributes.flatMap((attribute) => {
    const equals = attribute.indexOf('=')
    const name = (equals < 0 ? attribute : attribute.slice(0, equals)).trim()
    const value = equals < 0 ? '' : attribute.slice(equals + 1).trim()
    if (isNamed(name, 'domain')) return domainCovers(value, face.host) ? [attribute] : []
    if (isNamed(name, 'path') && value.startsWith('/')) return [` ${name}=${cookiePath(value, face)}`]
    return [attribute]
  })
  return [pair, ...kept].join(';')
}

/** `/` becomes the prefix without a slash: with one, the cookie would not be sent to the prefix itself (RFC 6265 §5.1.4). */
function cookiePath(path: string, face: PublicFace): string {
  const mapped = publicPath(path, face)
  return path === '/' || mapped === '' ? mapped.replace(/\/$/, '') || '/' : mapped
}

/** Whether a cookie for `domain` is sent to `host` (RFC 6265 §5.1.3). */
function domainCovers(domain: string, host: string): boolean {
  const covered = domain.replace(/^\./, '').toLowerCase()
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return name === covered || name.endsWith(`.${covered}`)
}
