// Under which key an answer is kept (RFC 9111 §2), and its variants.
import type { Exchange } from '../exchange.js'
import type { Variant, VariantList } from './entry.js'

/**
 * The primary key: scheme and host as the client asked for them, the target in the spelling in which it leaves for the
 * origin before its route rewrites it, and both the Host and the host that a trusted
 * proxy tells of, because the origin may answer by either. Components are encoded as a JSON list, never joined by a
 * separator, so that no two requests can share a key. A request with a body has what stands for it.
 */
export function primaryKey({ client, host }: Exchange, target: string, content?: readonly string[]): string {
  return JSON.stringify([client.scheme, client.host.toLowerCase(), host.name, host.port ?? '', target, ...(content ?? [])])
}

/** The origin as the client asked for it. */
export function originOf({ client }: Exchange): string {
  return `${client.scheme}://${client.host.toLowerCase()}`
}

/** The key of one variant below a primary key. */
export function variantKey(primary: string, { generation }: Pick<VariantList, 'generation'>, { partition, names, values }: Variant): string {
  return JSON.stringify([primary, generation, partition, names, values])
}
