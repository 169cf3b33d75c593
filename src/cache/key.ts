// Under which key an answer is kept (RFC 9111 §2), and its variants (§4.1).
import type { Exchange } from '../exchange.js'
import { type Fields, combinedValue } from '../http/fields.js'
import { listMembers } from '../http/tokens.js'
import type { VaryMarker } from './entry.js'

/** Where a request goes: what the origin's answer depends on beside what the client asked for. */
export interface Destination {
  readonly upstream: string
  /** The target that goes upstream. */
  readonly target: string
}

/**
 * The primary key: scheme, host and target as the client asked for them; both the Host and the host that a trusted
 * proxy tells of, because the origin may answer by either; and the destination, because routes that share a cache may
 * send what looks the same to different places. Components are encoded as a JSON list, never joined by a separator, so
 * that no two requests can share a key; the URL around it is what the Cache interface wants.
 */
export function primaryKey({ client, host, target }: Exchange, to: Destination): string {
  return keyUrl([client.scheme, client.host.toLowerCase(), host.name, host.port ?? '', target.raw, to.upstream, to.target])
}

/** The key of one variant below a primary key. */
export function variantKey(primary: string, { generation, names }: Pick<VaryMarker, 'generation' | 'names'>, fields: Fields): string {
  return `${primary}&variant=${keyPart([generation, ...names.map((name) => [name, combinedValue(fields, name) ?? null])])}`
}

/** The field names of a Vary value, in lower case and sorted; `*` among them when nothing can be reused (RFC 9110 §12.5.5). */
export function varyNames(fields: Fields): readonly string[] {
  return [...new Set(listMembers((combinedValue(fields, 'vary') ?? '').toLowerCase()))].sort()
}

function keyUrl(components: readonly string[]): string {
  return `https://fetchgate.invalid/?entry=${keyPart(components)}`
}

function keyPart(components: readonly unknown[]): string {
  return encodeURIComponent(JSON.stringify(components))
}
