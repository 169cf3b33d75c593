// What the service is told of a request, and which requests are one question.
import type { RequestKey } from '../../config/request-key.js'
import type { Exchange } from '../../exchange.js'
import { combinedValue, fieldValues, type Fields } from '../../http/fields.js'
import { forwardedFields } from '../../http/forwarded.js'
import { canonicalTarget } from '../../http/target.js'

/** A part of the key of a verdict. */
export type KeyPart = RequestKey | { readonly kind: 'method' | 'host' | 'uri' }

/** Lines for the service, but for the request's id, which tells questions apart that are one. `names` are of the client's lines, in lower case. */
export function questionFields(exchange: Exchange, names: readonly string[]): Fields {
  const { method, peer, peerTrusted, client, fields } = exchange
  const lines = ['User-Agent', 'fetchgate', 'X-Forwarded-Method', method, 'X-Forwarded-Uri', uriOf(exchange), ...forwardedFields('x-forwarded', peerTrusted, peer, client, fields)]
  for (const name of names) {
    const value = valueOf(fields, name)
    if (value !== undefined) lines.push(name, value)
  }
  return lines
}

/** As one who has taken the path apart sees it: a service that looks for its beginning must not be misled by dot segments. */
function uriOf({ target }: Exchange): string {
  return target.path === target.rawPath ? target.raw : canonicalTarget(target).raw
}

/** All lines as one. Cookie is the field that joins by "; " (RFC 6265 §5.4). */
function valueOf(fields: Fields, name: string): string | undefined {
  return name === 'cookie' ? fieldValues(fields, name).join('; ') || undefined : combinedValue(fields, name)
}

/** What tells this question from others by the parts that matter. */
export function verdictKey(exchange: Exchange, parts: readonly KeyPart[]): string {
  return JSON.stringify(parts.map((part) => keyValues(exchange, part)))
}

/** Every value of a part: a service may go by another of them than we would. */
function keyValues(exchange: Exchange, part: KeyPart): unknown {
  const { method, host, target, client, fields } = exchange
  switch (part.kind) {
    case 'method':
      return method
    case 'host':
      return [host.name, client.host, client.scheme]
    case 'uri':
      return uriOf(exchange)
    case 'path':
      return target.path
    case 'client-ip':
      return client.address
    case 'header':
      return fieldValues(fields, part.name.toLowerCase())
    case 'query':
      return new URLSearchParams(target.query).getAll(part.name)
    case 'cookie':
      return fieldValues(fields, 'cookie').flatMap((line) => line.split(';')).map((pair) => pair.trim()).filter((pair) => pair.split('=')[0]!.trim() === part.name)
  }
}
