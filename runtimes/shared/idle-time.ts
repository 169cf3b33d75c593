// How long an upstream connection may lie idle and still be used again.
import { fieldValue, type Fields } from '../../src/adapter.js'

/** Where nothing is configured; below the 5 s after which a Node origin closes an idle connection. */
export const IDLE_CONNECTION_MS = 4000
/** Idle connections of one server beyond which further ones are closed. */
export const IDLE_CONNECTIONS = 256
export const MAX_IDLE_CONNECTION_MS = 60_000
/** By how much a connection is given up before the server would close it: a request must not cross its closing on the way. */
export const IDLE_MARGIN_MS = 2000

/** The time in milliseconds that a server names with its answer (`Keep-Alive: timeout=N`), less 2 s; 0 for none at all, undefined where it names none. */
export function namedIdleMs(fields: Fields): number | undefined {
  const hint = fieldValue(fields, 'keep-alive')
  const seconds = hint === undefined ? undefined : /(?:^|[,;\s])timeout\s*=\s*"?(\d+)/i.exec(hint)?.[1]
  return seconds === undefined ? undefined : Math.max(0, Math.min(Number(seconds) * 1000 - IDLE_MARGIN_MS, MAX_IDLE_CONNECTION_MS))
}
