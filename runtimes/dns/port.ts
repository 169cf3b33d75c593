// The `resolve` port of the core, for lists of targets that DNS keeps.
import type { CheckedConfig, DnsRecord, Resolve } from '../../src/index.js'
import { createResolver, type ServiceRecord } from './resolver.js'
import { parseDnsServer } from './system.js'

/** Looks names up as the configuration has them resolved. */
export function resolveFor({ resolver = {} }: Pick<CheckedConfig, 'resolver'>): Resolve {
  const { resolve } = createResolver(resolver.servers?.map((text) => parseDnsServer(text)!))
  return async (name, type) => {
    const { records, ttlMs } = await resolve(name, type)
    return { ttlMs, records: records.map(recordOf) }
  }
}

function recordOf(record: string | ServiceRecord): DnsRecord {
  return typeof record === 'string' ? { kind: 'address', address: record } : { kind: 'service', ...record }
}
