// A request of a Worker in the gateway's wire form.
import { fieldValue, fromHeaders, type Fields, type Payload, type WireRequest } from '../../src/adapter.js'
import { requestBody } from '../shared/fetch-request.js'
import { targetIn } from '../shared/request-target.js'
import { upgradeAsked } from '../websocket/handshake.js'
import type { WorkerRequest } from './types.js'

/** The request as Workers left it: field names in lower case, the target as it was sent. */
export class WorkersRequest implements WireRequest {
  readonly method: string
  readonly target: string
  readonly fields: Fields
  readonly body: Payload | undefined
  readonly upgrade: 'websocket' | undefined
  readonly signal: AbortSignal

  constructor(request: WorkerRequest) {
    this.method = request.method
    this.fields = fromHeaders(request.headers)
    this.target = targetIn(request.url, request.method, fieldValue(this.fields, 'host') ?? '')
    this.body = requestBody(request, this.fields)
    this.upgrade = upgradeAsked(this.method, this.fields)
    this.signal = request.signal
  }
}
