// What a listener answers by itself, told to observers like the answers of the gateway.
import { GatewayError, type Ports } from '../../src/index.js'
import { type Answer, fieldValue, parseHost, type Peer, problemAnswer, type WireRequest } from '../../src/adapter.js'

/** The part of a request that is told. */
type Told = Pick<WireRequest, 'method' | 'target' | 'fields'>

/** Gives answers an id and tells of them. `observe` is absent where nobody wants to know. */
export class OwnAnswers {
  readonly #observe: Ports['observe'] | undefined

  constructor(observe: Ports['observe'] | undefined) {
    this.#observe = observe
  }

  /** An answer, or the problem document of an error. The client is the other end of the connection: nobody has asked yet which proxies are believed. */
  give(request: Told, peer: Partial<Peer> | undefined, given: Answer | GatewayError): Answer {
    const id = crypto.randomUUID()
    const error = given instanceof GatewayError ? given : undefined
    const made = given instanceof GatewayError ? problemAnswer(given, id, request) : given
    const answer = { ...made, fields: [...made.fields, 'X-Request-ID', id] }
    const { method, target, fields } = request
    this.#observe?.({
      kind: 'request', id, method, host: parseHost(fieldValue(fields, 'host') ?? '')?.name ?? '', target, client: peer?.address, status: answer.status, durationMs: 0,
      server: undefined, attempts: 0, cache: undefined, error: error?.code, detail: error?.message, filter: undefined, route: undefined, trial: undefined, user: undefined, requestFields: fields, answerFields: answer.fields,
    })
    return answer
  }
}
