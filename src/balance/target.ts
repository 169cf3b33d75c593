// A target: one server of a pool, as it is configured or found.
import type { TargetConfig } from '../config/schema.js'
import type { Server } from '../ports.js'
import type { Target } from './policy.js'

/** What is told of a target. */
export interface TargetSettings {
  readonly url: string
  /** Address to connect to instead of looking up the host of the URL. */
  readonly address?: string | undefined
  readonly weight: number
  readonly backup: boolean
  readonly zone?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** A target of the configuration with its defaults. */
export function settingsOf(written: TargetConfig): TargetSettings {
  if (typeof written === 'string') return { url: written, weight: 1, backup: false }
  const { url, weight = 1, backup = false, zone, labels } = written
  return { url, weight, backup, zone, labels }
}

/** How all targets of a pool are connected to. */
export type Manner = Pick<Server, 'proxyProtocol' | 'tlsName'>

/** The target with these settings. Its `origin` is what tells it from others and what its state is kept by. */
export function targetOf({ url, address, weight, backup, zone, labels }: TargetSettings, manner: Manner = {}): Target {
  return { ...serverAt(url, address), ...manner, weight, backup, zone, labels }
}

/** The names by which an answer may give a server away: that of its URL, and the address behind it. */
export function namesOf({ authority, address }: Server): string[] {
  const name = authority.replace(/:\d+$/, '').toLowerCase()
  return address === undefined ? [name] : [name, bracketed(address)]
}

function serverAt(text: string, address: string | undefined): Server {
  // A socket has no name to put into Host or a URL; "localhost" is what curl and nginx users see there.
  if (text.startsWith('unix:')) return { origin: text, authority: 'localhost', secure: false, hostname: 'localhost', port: 80, socketPath: text.slice('unix:'.length) }
  const url = new URL(text)
  const secure = url.protocol === 'https:'
  const port = Number(url.port) || (secure ? 443 : 80)
  const server = { authority: url.host, secure, hostname: url.hostname.replace(/^\[|\]$/g, ''), port }
  if (address === undefined) return { origin: url.origin, ...server }
  return { origin: `${url.protocol}//${bracketed(address)}:${port}`, ...server, address }
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}
