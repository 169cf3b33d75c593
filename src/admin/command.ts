// What operators may have a gateway do. Plain values: where several processes serve, each is sent the same.
import type { Purge } from '../cache/purges.js'
import type { Issue } from '../config/issue.js'
import type { Family } from '../observe/metrics/family.js'
import type { PoolState } from '../operator.js'

export type LogLevel = (typeof LOG_LEVELS)[number]

/** What is told on stderr: nothing, failures, changes of pools as well, every request as well. */
export const LOG_LEVELS = ['silent', 'error', 'info', 'debug'] as const

export type AdminCommand =
  | { readonly kind: 'metrics' }
  | { readonly kind: 'upstreams' }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'drain'; readonly upstream: string; readonly target: string; readonly draining: boolean }
  | { readonly kind: 'weigh'; readonly upstream: string; readonly target: string; readonly weight: number | null }
  | { readonly kind: 'purge'; readonly purge: Purge }
  | { readonly kind: 'reload' }
  | { readonly kind: 'log-level'; readonly level: LogLevel }

/** A pool with its name. */
export interface NamedPool extends PoolState {
  readonly name: string
}

/** What a process answers. */
export type AdminResult =
  | { readonly kind: 'metrics'; readonly families: readonly Family[] }
  | { readonly kind: 'upstreams'; readonly pools: readonly NamedPool[] }
  | { readonly kind: 'snapshot'; readonly snapshot: Readonly<Record<string, unknown>> }
  | { readonly kind: 'done' }
  /** The name of an upstream or a target that is none. */
  | { readonly kind: 'unknown'; readonly what: string }
  /** Something that the configuration, the request or this program does not allow. */
  | { readonly kind: 'refused'; readonly detail: string; readonly issues?: readonly Issue[] }
  /** Done here, but a store has not kept it. */
  | { readonly kind: 'not-kept' }
