// Whether a request that an upstream failed is carried to another one.
import { GatewayError } from '../../errors.js'
import { isIdempotent } from '../retry.js'

/** What is known when an upstream has been asked. */
export interface Asked {
  /** Its error, or the status of its answer. */
  readonly outcome: GatewayError | number
  readonly method: string
  /** Whether the body of the request is gone. */
  readonly bodyIsRead: boolean
}

/** Whether the upstream counts as one that did not answer. Faults of the client are no reason to ask anybody else. */
export function hasFailed(outcome: GatewayError | number, on: ReadonlySet<number>): boolean {
  return typeof outcome === 'number' ? on.has(outcome) : outcome.side === 'upstream'
}

/** Whether somebody else may be asked: nobody has seen the request, or it may be repeated and is still whole. */
export function mayAskAnother({ outcome, method, bodyIsRead }: Asked): boolean {
  if (bodyIsRead) return false
  return isIdempotent(method) || (typeof outcome !== 'number' && wasUnsent(outcome))
}

/** No server got anything of it: none could be reached, or there was no place at any. */
function wasUnsent({ retry, code }: GatewayError): boolean {
  return retry === 'unsent' || code === 'destination_unavailable' || code === 'connection_limit_reached'
}
