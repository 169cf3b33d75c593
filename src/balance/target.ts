// A target: one server of a pool, as it is configured or found.
import type { TargetConfig } from '../config/schema.js'
import type { Server } from '../ports.js'
import { bracketed, serverAt } from '../server.js'
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
export type Manner = Pick<Server, 'proxyProtocol' | 'tls' | 'http2'>

/** The target with these settings. Its `origin` is what tells it from others and what its state is kept by. */
export function targetOf({ url, address, weight, backup, zone, labels }: TargetSettings, manner: Manner = {}): Target {
  return { ...serverAt(url, address), ...manner, weight, backup, zone, labels }
}

/** The names by which an answer may give a server away: that of its URL, and the address behind it. */
export function namesOf({ authority, address }: Server): string[] {
  const name = authority.replace(/:\d+$/, '').toLowerCase()
  return address === undefined ? [name] : [name, bracketed(address)]
}
