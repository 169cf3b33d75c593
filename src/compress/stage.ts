// Puts the bodies of answers in content codings, as they pass.
import type { Exchange, Kept } from '../exchange.js'
import type { Fields } from '../http/fields.js'
import type { Payload } from '../http/payload.js'
import { WatchedEnd } from '../http/watched-end.js'
import type { Answer, Coding, Compressor } from '../ports.js'
import { type CompressPolicy, decide } from './decision.js'

/** Compressors by coding, each with the level that it works at. */
export type Equipment = ReadonlyMap<Coding, Tool>

interface Tool {
  readonly compressor: Compressor
  readonly level: number
  /** For what is kept and sent to many. */
  readonly storedLevel: number
}

/** What becomes of the answers of a route: the last thing that does, after all filters. */
export class Compression {
  readonly #policy: CompressPolicy
  readonly #equipment: Equipment

  constructor(policy: CompressPolicy, equipment: Equipment) {
    this.#policy = policy
    this.#equipment = equipment
  }

  apply(exchange: Exchange, answer: Answer): Answer | Promise<Answer> {
    const { fields, coding } = decide(exchange, answer, this.#policy)
    if (fields === answer.fields) return answer
    const { body } = answer
    if (coding === undefined || body === undefined) return { ...answer, fields }
    const { compressor, level, storedLevel } = this.#equipment.get(coding)!
    const { kept } = exchange.notes
    const stored = kept && storedForm(kept, body, coding, (plain) => new CompressedBody(plain, compressor, storedLevel))
    if (stored instanceof Promise) return stored.then((coded) => withBody(answer, fields, coded))
    return withBody(answer, fields, stored ?? new CompressedBody(body, compressor, level))
  }
}

/** The body in the coding by way of a store; undefined where filters have put another in place of the one that the store has. */
function storedForm(kept: Kept, body: Payload, coding: Coding, encode: (plain: Payload) => Payload): Payload | Promise<Payload> | undefined {
  if (!(body instanceof WatchedEnd)) return kept.body === body ? kept.coded(body, coding, encode) : undefined
  const stored = storedForm(kept, body.body, coding, encode)
  return stored instanceof Promise ? stored.then((coded) => body.around(coded)) : stored && body.around(stored)
}

function withBody(answer: Answer, fields: Fields, body: Payload): Answer {
  return { ...answer, fields: body.length === undefined ? fields : [...fields, 'Content-Length', String(body.length)], body }
}

/** A body that is compressed while it is read. */
class CompressedBody implements Payload {
  readonly length = undefined
  readonly #source: Payload
  readonly #compressor: Compressor
  readonly #level: number

  constructor(source: Payload, compressor: Compressor, level: number) {
    this.#source = source
    this.#compressor = compressor
    this.#level = level
  }

  get used(): boolean {
    return this.#source.used
  }

  stream(): ReadableStream<Uint8Array> {
    return this.#compressor.compress(this.#source.stream(), { level: this.#level, length: this.#source.length })
  }

  cancel(reason?: unknown): void {
    this.#source.cancel(reason)
  }
}
