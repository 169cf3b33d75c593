// What the system knows of names: the hosts file, and which DNS servers to ask and how (hosts(5), resolv.conf(5)).
import { isIP, isIPv6 } from 'node:net'
import type { DnsServer } from './ask.js'

const DNS_PORT = 53
/** As many servers as resolv.conf(5) has looked at. */
const MAX_SERVERS = 3

/** Reads `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`. */
export function parseDnsServer(text: string): DnsServer | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^\]]+?))(?::(\d{1,5}))?$/.exec(isIPv6(text) ? `[${text}]` : text) ?? []
  const address = bracketed ?? plain ?? ''
  return isIP(address) > 0 ? { address, port: port === undefined ? DNS_PORT : Number(port) } : undefined
}

/** Addresses of the hosts file by name in lower case. */
export type Hosts = ReadonlyMap<string, { readonly A: readonly string[]; readonly AAAA: readonly string[] }>

/** Reads a hosts file. */
export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, { A: string[]; AAAA: string[] }>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0) continue
    for (const name of names) {
      const key = name.toLowerCase()
      const entry = hosts.get(key) ?? { A: [], AAAA: [] }
      hosts.set(key, entry)
      const list = family === 4 ? entry.A : entry.AAAA
      if (!list.includes(address)) list.push(address)
    }
  }
  return hosts
}

/** How the system asks DNS. */
export interface ResolvConf {
  readonly servers: readonly DnsServer[]
  /** Domains in which a short name is looked for. */
  readonly search: readonly string[]
  /** A name with fewer dots is looked for in those domains first. */
  readonly ndots: number
}

/** Reads a resolv.conf. Without servers, the one of this machine is meant. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: DnsServer[] = []
  let search: string[] = []
  let ndots = 1
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.replace(/[#;].*/, '').trim().split(/\s+/)
    if (keyword === 'nameserver' && isIP(values[0] ?? '') > 0) servers.push({ address: values[0]!, port: DNS_PORT })
    else if (keyword === 'search' || keyword === 'domain') search = values.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== '')
    else if (keyword === 'options') ndots = Number(/\bndots:(\d+)/.exec(values.join(' '))?.[1] ?? ndots)
  }
  return { servers: servers.length > 0 ? servers.slice(0, MAX_SERVERS) : [{ address: '127.0.0.1', port: DNS_PORT }], search, ndots }
}

/** The whole names that a name may stand for, in the order in which to ask for them. */
export function candidates(name: string, { search, ndots }: Pick<ResolvConf, 'search' | 'ndots'>): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const within = search.map((domain) => `${name}.${domain}`)
  return name.split('.').length > ndots ? [name, ...within] : [...within, name]
}
