// From DNS records to targets (RFC 1035 §3.4.1, RFC 3596, RFC 2782).
import type { TargetSettings } from '../target.js'
import type { DnsRecord } from '../../ports.js'

/** What the records do not say. */
export interface RecordSettings {
  /** The name that was looked up: what the servers are called, whatever their address. */
  readonly name: string
  readonly scheme: 'http' | 'https'
  /** For addresses; SRV records have their own. */
  readonly port: number | undefined
}

/**
 * The targets that the records name, in an order that does not depend on theirs: resolvers shuffle. Of SRV priorities
 * the lowest serves and all others stand by; a weight of 0 means "hardly any" there, not "none".
 */
export function targetsOf(records: readonly DnsRecord[], { name, scheme, port = scheme === 'https' ? 443 : 80 }: RecordSettings): TargetSettings[] {
  const first = Math.min(...records.map((record) => (record.kind === 'service' ? record.priority : 0)))
  const targets = records.map((record): TargetSettings =>
    record.kind === 'address'
      ? { url: `${scheme}://${name}:${port}`, address: record.address, weight: 1, backup: false }
      : { url: `${scheme}://${record.target.replace(/\.$/, '')}:${record.port}`, weight: Math.min(256, Math.max(1, record.weight)), backup: record.priority > first },
  )
  return targets.sort((a, b) => (identity(a) < identity(b) ? -1 : 1))
}

function identity({ url, address = '' }: TargetSettings): string {
  return `${url} ${address}`
}
