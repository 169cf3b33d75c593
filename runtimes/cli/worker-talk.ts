// What the first process and its workers say to one another.

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

/** To a worker. The order to stop is SIGTERM, which also ends one that has not listened yet. */
export type Order = 'reload' | 'reopen-log'
