// Tags made from bodies, and 304 for clients that have them: for answers of servers that do neither.
import type { Exchange } from '../exchange.js'
import { digestTag } from '../http/etag/stage.js'
import { wantsTag } from '../http/etag/wanted.js'
import { BytesPayload } from '../http/payload.js'
import type { Answer } from '../ports.js'
import { notModified } from './decision.js'

export class Validation {
  readonly #maxBytes: number

  /** Bodies up to `maxBytes` get a tag. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  apply(exchange: Exchange, answer: Answer): Answer | Promise<Answer> {
    return exchange.method === 'GET' && !answer.tunnel && wantsTag(answer, this.#maxBytes) ? this.#tagged(exchange, answer) : judged(exchange, answer)
  }

  async #tagged(exchange: Exchange, answer: Answer): Promise<Answer> {
    const { kept } = exchange.notes
    const source = answer.body!
    const body = source instanceof BytesPayload ? source : new BytesPayload(new Uint8Array(await new Response(source.stream() as BodyInit).arrayBuffer()))
    // The bytes are those that the store has, so that what is compressed of them can be kept there.
    if (kept?.body === source) exchange.notes.kept = { body, coded: kept.coded.bind(kept) }
    return judged(exchange, { ...answer, fields: [...answer.fields, 'ETag', await digestTag(body.bytes)], body })
  }
}

function judged(exchange: Exchange, answer: Answer): Answer {
  const known = notModified(exchange, answer)
  if (known) answer.body?.cancel()
  return known ?? answer
}
