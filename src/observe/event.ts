// What observers are told: a closed union, so that a log or a metric can be exhaustive.
import type { Fields } from '../http/fields.js'

/** One request, told when its answer's head is ready. */
export interface RequestEvent {
  readonly kind: 'request'
  readonly id: string
  readonly method: string
  readonly host: string
  /** Target as the client sent it. */
  readonly target: string
  readonly client: string | undefined
  readonly status: number
  readonly durationMs: number
  /** Origin of the server that answered; undefined when none was asked. */
  readonly server: string | undefined
  /** Host and path of its route as they are configured; undefined when none was found. */
  readonly route: string | undefined
  readonly attempts: number
  /** The Cache-Status value of the answer; undefined when no cache was asked. */
  readonly cache: string | undefined
  /** Error code and reason when the gateway made the answer itself. */
  readonly error: string | undefined
  readonly detail: string | undefined
  /** Name of the filter that refused or answered it, such as `rateLimit`: what a counter of refusals goes by. */
  readonly filter: string | undefined
  /** What filters on trial would have refused it for. */
  readonly trial: string | undefined
  /** Who asked, where a filter made sure; empty where it learned no name. */
  readonly user: string | undefined
  /** Field lines as the client sent them. Hazard: `Authorization` and `Cookie` are among them. */
  readonly requestFields: Fields
  /** Field lines of the answer as they go to the client. */
  readonly answerFields: Fields
}

/** One try that did not lead to an answer. */
export interface AttemptFailedEvent {
  readonly kind: 'attempt-failed'
  readonly id: string
  readonly upstream: string
  readonly server: string
  readonly error: string
  readonly detail: string
  /** Whether another target is tried. */
  readonly retried: boolean
  /** Why it is, or why not. */
  readonly why: string
}

/** A request that was slow to be answered and was sent to a second server. */
export interface HedgedEvent {
  readonly kind: 'hedged'
  readonly id: string
  /** The server that was asked beside the first. */
  readonly server: string
  /** Whether its answer was taken. */
  readonly won: boolean
}

/** A failure that no client sees, such as a store that does not answer. */
export interface BackgroundFailedEvent {
  readonly kind: 'background-failed'
  readonly id: string
  readonly what: 'cache-read' | 'cache-write' | 'cache-delete' | 'cache-purge' | 'mirror' | 'include'
  readonly detail: string
}

/** A service that a filter relies on failed; the request was refused, or went by what was known before. */
export interface ServiceFailedEvent {
  readonly kind: 'service-failed'
  /** Of the request; empty where it was asked for none in particular. */
  readonly id: string
  /** The filter by the name of its setting. */
  readonly filter: string
  /** Origin of the service. */
  readonly service: string
  readonly error: string
  readonly detail: string
}

/** A target that is left out from now on, or takes part again. */
export interface TargetHealthEvent {
  readonly kind: 'target-health'
  readonly upstream: string
  readonly target: string
  readonly well: boolean
  readonly reason: string
}

/** Another list of targets is in force. */
export interface TargetsEvent {
  readonly kind: 'targets'
  readonly upstream: string
  readonly joined: readonly string[]
  readonly left: readonly string[]
}

/** A source of targets failed; the list it gave last stays in force. */
export interface DiscoveryFailedEvent {
  readonly kind: 'discovery-failed'
  readonly upstream: string
  readonly detail: string
}

/** A list of addresses could not be had, or is none; the last good one stays in force. */
export interface ListFailedEvent {
  readonly kind: 'list-failed'
  readonly url: string
  readonly detail: string
}

/** A pool was asked for a target before `gateway.watch` was called, without which some of its settings do nothing. Told once. */
export interface UnwatchedEvent {
  readonly kind: 'unwatched'
  readonly upstream: string
  readonly settings: readonly string[]
}

/** The circuit of a pool has changed. */
export interface CircuitEvent {
  readonly kind: 'circuit'
  readonly upstream: string
  readonly state: 'closed' | 'open' | 'half-open' | 'ramp'
  /** Why it opened; empty otherwise. */
  readonly reason: string
}

/** A certificate of a listener was got from its authority, could not be got, ends soon, or has ended. */
export interface CertificateEvent {
  readonly kind: 'certificate'
  readonly change: 'obtained' | 'failed' | 'expiring' | 'expired'
  readonly hosts: readonly string[]
  /** When the one in force ends, in milliseconds since 1970; undefined while there is none. */
  readonly notAfterMs: number | undefined
  /** Why it failed and when it is tried again; empty otherwise. */
  readonly detail: string
}

export type GatewayEvent = RequestEvent | AttemptFailedEvent | HedgedEvent | BackgroundFailedEvent | ServiceFailedEvent | TargetHealthEvent | TargetsEvent | DiscoveryFailedEvent | ListFailedEvent | UnwatchedEvent | CircuitEvent | CertificateEvent
