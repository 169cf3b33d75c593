// An authority for tests: Pebble where it can be had, else a server of our own.
import { startAcmeServer } from './acme-server.js'
import { startPebble } from './pebble.js'

/** An authority that speaks ACME, and what a test wants to know and to set of it. */
export interface AcmeAuthority {
  readonly directory: string
  /** PEM file by which its directory is believed. */
  readonly ca: string
  /** PEM of what it certifies with. */
  readonly root: string
  /** Where it looks for answers to challenges, in place of ports 80 and 443. */
  readonly httpPort: number
  readonly tlsPort: number
  /** How many orders were made. */
  orders(): number
  /** Has it ask for the renewal of a certificate, given as PEM, at once. */
  askForRenewal(cert: string): Promise<void>
  close(): Promise<void>
}

export interface AcmeOptions {
  /** Accounts are taken with this key of a customer only. */
  readonly eab?: { readonly kid: string; readonly hmacKey: string }
}

/** Starts one; with PEBBLE=none our own. All these hosts lead to this machine. */
export async function startAuthority(hosts: readonly string[], options: AcmeOptions = {}): Promise<AcmeAuthority> {
  return (process.env['PEBBLE'] === 'none' ? undefined : await startPebble(hosts, options)) ?? startAcmeServer(options)
}
