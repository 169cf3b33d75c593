// What the forward stage asks of a pool: a place at a server for each attempt, and an ear for what came of it.
import type { GatewayError } from './errors.js'
import type { Exchange } from './exchange.js'
import type { PoolOperator } from './operator.js'
import type { Lease, Server } from './ports.js'

/** Who is turned away first when a pool nears its limit. */
export type Priority = 'critical' | 'normal' | 'background'

/** What a route asks of the pool beside a server. */
export interface Wish {
  /** Labels that the target must have; any target serves without. */
  readonly subset: Readonly<Record<string, string>> | undefined
  readonly priority: Priority
}

/** A place at a server for one attempt. Exactly one of `answered` and `failed` is called; after `answered`, `ended` is. */
export interface AttemptLease extends Lease {
  readonly server: Server
  /** The cookie that ties the client to the server, when it has to be set. */
  readonly cookie: string | undefined
  /** The head of an answer has come. */
  answered(status: number): void
  /** No answer came. Gives the place back. */
  failed(error: GatewayError): void
}

/** A place, or why there is none. */
export type Leased = AttemptLease | GatewayError

/** Chooses servers of one pool, and counts what is under way at each. */
export interface Balancer {
  readonly name: string
  /** The host names of all its servers in lower case, by which an answer that names one is recognised. */
  readonly hostnames: ReadonlySet<string>
  /**
   * A place for the next attempt, at a server that is none of `tried`. At once, or after a wait in line where the pool
   * is full. The wait ends when the client goes.
   */
  lease(exchange: Exchange, wish: Wish, tried: readonly Server[]): Leased | Promise<Leased>
}

/** A balancer, and what makes it look around. */
export interface Pool {
  readonly balancer: Balancer
  /** Starts what runs in the background, until the signal is aborted. */
  watch(signal: AbortSignal): void
  /** For those who run the gateway; absent in pools that know nothing of their targets. */
  readonly operator?: PoolOperator | undefined
}
