// How long an upstream connection may lie idle and still be used again.
import { fieldValue, type Fields } from '../../src/adapter.js'
import type { KeepAlive } from '../../src/index.js'

/** Where nothing is configured; below the 5 s after which a Node origin closes an idle connection. */
const IDLE_CONNECTION_MS = 4000
/** Idle connections of one server beyond which further ones are closed. */
const IDLE_CONNECTIONS = 256
export const MAX_IDLE_CONNECTION_MS = 60_000
/** By how much a connection is given up before the server would close it: a request must not cross its closing on the way. */
export const IDLE_MARGIN_MS = 2000

/** The time in milliseconds that a server names with its answer (`Keep-Alive: timeout=N`), less 2 s; 0 for none at all, undefined where it names none. */
export function namedIdleMs(fields: Fields): number | undefined {
  const hint = fieldValue(fields, 'keep-alive')
  const seconds = hint === undefined ? undefined : /(?:^|[,;\s])timeout\s*=\s*"?(\d+)/i.exec(hint)?.[1]
  return seconds === undefined ? undefined : Math.max(0, Math.min(Number(seconds) * 1000 - IDLE_MARGIN_MS, MAX_IDLE_CONNECTION_MS))
}

/** The time that connections are kept idle, with what their server has named; 0 for one request to a connection. */
export function idleMsOf(keepAlive: KeepAlive | undefined, namedMs?: number): number {
  const configuredMs = keepAlive?.idleMs ?? IDLE_CONNECTION_MS
  return configuredMs === 0 ? 0 : (namedMs ?? configuredMs)
}

/** How many connections are kept idle to a server. */
export function idleConnectionsOf(keepAlive: KeepAlive | undefined): number {
  return keepAlive?.connections ?? IDLE_CONNECTIONS
}
