// How TLS is spoken to servers: the settings of upstreams, read and checked, and what tells one way from another.
import { createHash } from 'node:crypto'
import type { CheckedConfig, Issue, ServerTls } from '../../src/index.js'
import { readPem } from './pem.js'
import { Reading } from './served.js'

/** The settings with nothing left to read, as node:tls, undici and Bun's fetch take them. */
export interface ServerCredentials {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized?: false
}

interface Way {
  readonly credentials: ServerCredentials
  readonly id: string
}

const PLAIN: Way = { credentials: {}, id: '' }

/** Kept by the settings themselves: a reload brings new ones, and has the files read again. */
const ways = new WeakMap<ServerTls, Way>()

/** What TLS is spoken with. Throws where a file cannot be read any more. */
export function credentialsOf(tls: ServerTls | undefined): ServerCredentials {
  return wayOf(tls).credentials
}

/** Tells connections apart that were opened with different credentials; empty without any. */
export function credentialsId(tls: ServerTls | undefined): string {
  return wayOf(tls).id
}

function wayOf(tls: ServerTls | undefined): Way {
  if (!tls) return PLAIN
  let way = ways.get(tls)
  if (!way) ways.set(tls, (way = readWay(tls)))
  return way
}

function readWay({ ca, cert, key, verify }: ServerTls): Way {
  const credentials: ServerCredentials = { ...texts({ ca, cert, key }), ...(verify === false ? { rejectUnauthorized: false as const } : {}) }
  return Object.keys(credentials).length === 0 ? PLAIN : { credentials, id: createHash('sha256').update(JSON.stringify(credentials)).digest('base64url') }
}

function texts(written: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(written).flatMap(([name, value]) => (value === undefined ? [] : [[name, textOf(value)]])))
}

function textOf(written: string): string {
  const read = readPem(written)
  if (read.kind === 'fault') throw new Error(read.message)
  return read.text
}

/** What is wrong with the TLS settings of upstreams: files that are not there, keys of other certificates. */
export function serverTlsIssues({ upstreams = {} }: CheckedConfig, nowMs: number): { readonly issues: readonly Issue[]; readonly warnings: readonly string[] } {
  const reading = new Reading()
  for (const [name, { tls }] of Object.entries(upstreams)) {
    const path = `upstreams.${name}.tls`
    if (tls?.ca !== undefined) reading.authorities(tls.ca, `${path}.ca`)
    if (tls?.cert !== undefined && tls.key !== undefined) reading.pair(tls.cert, tls.key, undefined, path, nowMs)
  }
  return reading
}
