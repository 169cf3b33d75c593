// Resolves names as this machine does: the hosts file first, then DNS, then whatever else the system can ask.
import { getServers, lookup } from 'node:dns'
import { readFile } from 'node:fs/promises'
import { GatewayError } from '../../src/index.js'
import { ask as askDns, type DnsServer, type Records } from './ask.js'
import type { RecordOf, RecordType } from './message.js'
import { candidates, type Hosts, parseDnsServer, parseHosts, parseResolvConf, type ResolvConf } from './system.js'

export type { RecordOf, RecordType, ServiceRecord } from './message.js'

/** What a name has of one kind. */
export interface Resolution<T extends RecordType> {
  /** Empty when the name has none of this kind. */
  readonly records: readonly RecordOf<T>[]
  /** How long this may be kept, in milliseconds, as those who answered said; nobody has limited it yet. */
  readonly ttlMs: number
}

/** Turns names into records. Keeps nothing: whoever asks does. */
export interface Resolver {
  /**
   * Asks for a name, in either case and without a dot at its end unless it is meant to be whole. Rejects with a
   * GatewayError, `dns_timeout` or `dns_error`, when nobody could tell; that a name has no records is an answer.
   */
  resolve<T extends RecordType>(name: string, type: T): Promise<Resolution<T>>
}

/** What a resolver needs of its machine. */
export interface Machine {
  readonly hosts: () => Promise<Hosts>
  readonly resolvConf: () => Promise<ResolvConf>
  readonly ask: typeof askDns
  /** The system's own way, whatever it is; empty when there is nothing to find. */
  readonly lookup: (name: string, family: 4 | 6) => Promise<readonly string[]>
  /** Whether the system's own way knows better than its resolv.conf what to ask whom. */
  readonly prefersLookup: boolean
}

/** For answers of which nobody tells how long they may be kept. */
const UNTOLD_TTL_MS = 10_000
/** Of the hosts file and of the system's own way, which may change at any time. */
const LOCAL_TTL_MS = 10_000

/** Makes a resolver. With `servers`, those are asked instead of the system's, for whole names, and nobody else after them. */
export function createResolver(servers?: readonly DnsServer[], machine: Machine = thisMachine()): Resolver {
  return {
    async resolve<T extends RecordType>(name: string, type: T): Promise<Resolution<T>> {
      if (type === 'SRV') return toResolution(await askInTurn(name, type, servers, machine))
      const known = await fromHosts(name.toLowerCase(), type, machine)
      if (known) return local<T>(known)
      const family = type === 'A' ? 4 : 6
      if (servers) return toResolution(await askInTurn(name, type, servers, machine))
      if (machine.prefersLookup) return local<T>(await machine.lookup(name, family))
      const asked = await askInTurn(name, type, undefined, machine).catch((error: GatewayError) => error)
      if (!(asked instanceof GatewayError) && asked.exists) return toResolution(asked)
      const found = await machine.lookup(name, family).catch(() => [])
      if (found.length > 0) return local<T>(found)
      if (asked instanceof GatewayError) throw asked
      return toResolution(asked)
    },
  }
}

/** Addresses that need no asking: of the hosts file, which counts for both families if it has either, and of this machine (RFC 6761 §6.3). */
async function fromHosts(name: string, type: 'A' | 'AAAA', { hosts }: Machine): Promise<readonly string[] | undefined> {
  const entry = (await hosts()).get(name)
  if (entry) return entry[type]
  if (name !== 'localhost' && !name.endsWith('.localhost')) return undefined
  return type === 'A' ? ['127.0.0.1'] : ['::1']
}

async function askInTurn<T extends RecordType>(name: string, type: T, servers: readonly DnsServer[] | undefined, { ask, resolvConf }: Machine): Promise<Records<T>> {
  const conf = servers ? { servers, search: [], ndots: 0 } : await resolvConf()
  let outcome: Records<T> | GatewayError | undefined
  for (const whole of candidates(name, conf)) {
    const reply = await ask(conf.servers, whole, type).catch((error: GatewayError) => error)
    if (reply instanceof GatewayError) {
      // Servers that are silent now will be silent for the next candidate.
      if (reply.code === 'dns_timeout') throw reply
      outcome = reply
    } else {
      if (reply.exists) return reply
      outcome ??= reply
    }
  }
  if (outcome instanceof GatewayError) throw outcome
  return outcome!
}

function toResolution<T extends RecordType>({ records, ttlSeconds }: Records<T>): Resolution<T> {
  return { records, ttlMs: ttlSeconds === undefined ? UNTOLD_TTL_MS : ttlSeconds * 1000 }
}

function local<T extends RecordType>(addresses: readonly string[]): Resolution<T> {
  return { records: addresses as readonly RecordOf<T>[], ttlMs: LOCAL_TTL_MS }
}

/** The machine the process runs on. */
function thisMachine(): Machine {
  const { platform } = process
  const hostsFile = platform === 'win32' ? `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts` : '/etc/hosts'
  return {
    hosts: async () => parseHosts(await textOf(hostsFile)),
    resolvConf: async () => (platform === 'win32' ? { servers: getServers().map((text) => parseDnsServer(text)!), search: [], ndots: 1 } : parseResolvConf(await textOf('/etc/resolv.conf'))),
    ask: askDns,
    lookup: lookUp,
    // There, names of a VPN or of the neighbourhood are not resolv.conf's to tell.
    prefersLookup: platform === 'win32' || platform === 'darwin',
  }
}

function lookUp(name: string, family: 4 | 6): Promise<string[]> {
  return new Promise((resolve, reject) => {
    lookup(name, { all: true, family, verbatim: true }, (error, found) => {
      if (error?.code === 'EAI_AGAIN' || error?.code === 'EAI_FAIL') reject(new GatewayError('dns_timeout', { message: error.message, cause: error }))
      else resolve(error ? [] : found.map(({ address }) => address))
    })
  })
}

/** A file that is not there says nothing. */
function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
