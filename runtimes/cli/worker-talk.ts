// What the first process and its workers say to one another.
import type { AdminCommand, AdminResult } from '../../src/observe/index.js'

/** The variables by which a worker knows what it is: its number from 1 on, the ports that the first one got, and what all make the keys of TLS session tickets of. */
export const WORKER = 'FETCHGATE_WORKER'
export const WORKER_PORTS = 'FETCHGATE_WORKER_PORTS'
export const WORKER_TICKETS = 'FETCHGATE_WORKER_TICKETS'

/** Whether this process was started as a worker. */
export function isWorker(): boolean {
  return process.env[WORKER] !== undefined && process.send !== undefined
}

/** From a worker. */
export type Report =
  | { readonly kind: 'listening'; readonly ports: readonly number[]; readonly banner: string; readonly told: 'stdout' | 'stderr' }
  | { readonly kind: 'reloaded'; readonly fault: string | undefined }
  /** All are to do it; `id` is the worker's own. */
  | { readonly kind: 'ask'; readonly id: number; readonly command: AdminCommand }
  /** It was done; `id` is that of the order. */
  | { readonly kind: 'performed'; readonly id: number; readonly result: AdminResult }

/** To a worker. The order to stop is SIGTERM, which also ends one that has not listened yet. */
export type Order =
  | 'reload'
  | 'reopen-log'
  | { readonly kind: 'perform'; readonly id: number; readonly command: AdminCommand }
  /** What came of a question. */
  | { readonly kind: 'asked'; readonly id: number; readonly results: readonly AdminResult[] }
