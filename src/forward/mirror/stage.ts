// Sends copies of requests to a mirror, beside the request and never in its way.
import type { Wish } from '../../balancer.js'
import { GatewayError } from '../../errors.js'
import type { Exchange } from '../../exchange.js'
import { BytesPayload, type Payload } from '../../http/payload.js'
import { recordBody } from '../../http/record-body.js'
import type { Forward, Mirror } from '../../plan.js'
import type { Ports } from '../../ports.js'
import { outboundFields } from '../outbound.js'
import { MAX_MIRRORED_BYTES, shouldMirror } from './decision.js'

type Effects = Pick<Ports, 'transport' | 'observe' | 'random'>

/** The exchange to carry on with. Its body is the same; a copy of it goes to the mirror once all of it has been sent. */
export function withCopy(exchange: Exchange, target: string, plan: Forward, effects: Effects): Exchange {
  const { mirror } = plan
  const { body, upgrade } = exchange
  if (!mirror || !shouldMirror(mirror, upgrade, body?.length, effects.random())) return exchange
  if (body) return { ...exchange, body: recordBody(body, MAX_MIRRORED_BYTES, (bytes) => sendCopy(exchange, target, plan, mirror, new BytesPayload(bytes), effects)) }
  sendCopy(exchange, target, plan, mirror, undefined, effects)
  return exchange
}

/** Copies are the first to go without. */
const COPY: Wish = { subset: undefined, priority: 'background' }

/** The copy has no signal: the client's leaving must not be seen by the mirror as its own doing. */
function sendCopy(exchange: Exchange, target: string, plan: Forward, { upstream, load }: Mirror, body: Payload | undefined, { transport, observe }: Effects): void {
  const lease = upstream.balancer.lease(exchange, COPY, [])
  // A mirror that is full, or has nobody, is left alone.
  if (lease instanceof GatewayError) return
  if (lease instanceof Promise) return void lease.then((late) => late instanceof GatewayError || late.failed(new GatewayError('client_aborted')))
  const { server } = lease
  const fields = outboundFields(exchange, server, { ...plan, upstream })
  load.active++
  const sent = transport
    .send({ server, method: exchange.method, target, fields, body, upgrade: undefined, limits: upstream.limits, signal: undefined, lease, client: exchange.client, peer: exchange.peer })
    .then((answer) => {
      lease.answered(answer.status)
      return discard(answer.body)
    })
    .catch((error: unknown) => {
      lease.failed(error instanceof GatewayError ? error : new GatewayError('proxy_internal_error', { cause: error }))
      observe({ kind: 'background-failed', id: exchange.id, what: 'mirror', detail: String(error) })
    })
    .finally(() => load.active--)
  exchange.background(sent)
}

/** More of an answer than this is not read for the sake of its connection. */
const MAX_DISCARDED_BYTES = 1024 ** 2

/** Reads an answer to its end, so that its connection can be used again. */
async function discard(body: Payload | undefined): Promise<void> {
  const reader = body?.stream().getReader()
  for (let left = MAX_DISCARDED_BYTES; reader; ) {
    const { done, value } = await reader.read()
    if (done) return
    left -= value.byteLength
    if (left < 0) return reader.cancel()
  }
}
