// What an attempt tells about its target: whether it went well, and if not, whether that was the target's doing.
import { type ErrorCode, GatewayError } from '../../errors.js'
import { isLocalFault } from './local-fault.js'

/** Why an attempt failed: the gateway's error, or a status by which a server says that it or one behind it is not able. */
export type FailureReason = ErrorCode | '502' | '503' | '504'

/** Answers by which a server says that it, or one behind it, is not able. */
export function isFailure(status: number): status is 502 | 503 | 504 {
  return status === 502 || status === 503 || status === 504
}

/** `aborted` and `local-fault` say nothing about the target, neither good nor bad. */
export type Observation = { readonly kind: 'success' } | { readonly kind: 'failure'; readonly reason: FailureReason } | { readonly kind: 'aborted' } | { readonly kind: 'local-fault'; readonly reason: string }

/** Made once: nearly every request ends in it. */
const SUCCESS: Observation = { kind: 'success' }
const ABORTED: Observation = { kind: 'aborted' }

/**
 * The observation that the outcome of an attempt gives; the outcome is its error or the status of its answer. An answer
 * of 500 is a success here: it is mostly about one resource, and a server that can say it is there to say it.
 */
export function observationOf(outcome: GatewayError | number): Observation {
  if (typeof outcome === 'number') return isFailure(outcome) ? { kind: 'failure', reason: `${outcome}` } : SUCCESS
  switch (outcome.side) {
    case 'client':
      return ABORTED
    case 'gateway':
      return { kind: 'local-fault', reason: outcome.code }
    case 'upstream':
      return isLocalFault(outcome) ? { kind: 'local-fault', reason: outcome.message } : { kind: 'failure', reason: outcome.code }
  }
}
