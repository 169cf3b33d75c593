// Puts the bodies of answers in content codings, as they pass.
import type { After, Exchange } from '../exchange.js'
import type { Payload } from '../http/payload.js'
import type { Answer, Coding, Compressor } from '../ports.js'
import { type CompressPolicy, decide } from './decision.js'

/** Compressors by coding, each with the level that it works at. */
export type Equipment = ReadonlyMap<Coding, { readonly compressor: Compressor; readonly level: number }>

/** What becomes of the answers of a route: the last thing that does, after all filters. */
export class Compression {
  readonly #policy: CompressPolicy
  readonly #equipment: Equipment

  constructor(policy: CompressPolicy, equipment: Equipment) {
    this.#policy = policy
    this.#equipment = equipment
  }

  /** The wishes of the exchange with this one behind them. */
  behind(exchange: Exchange): readonly After[] {
    const own: After = (answer) => this.#apply(exchange, answer)
    return exchange.after ? [...exchange.after, own] : [own]
  }

  #apply(exchange: Exchange, answer: Answer): Answer {
    const { fields, coding } = decide(exchange, answer, this.#policy)
    if (fields === answer.fields) return answer
    const { body } = answer
    if (coding === undefined || body === undefined) return { ...answer, fields }
    const { compressor, level } = this.#equipment.get(coding)!
    return { ...answer, fields, body: new CompressedBody(body, compressor, level) }
  }
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

/**
 * What the Web brings everywhere: gzip at a level of its own. Only Deno's gives out what it has before the end, so it is for bodies
 * of known length, which do not trickle.
 */
export const WEB_COMPRESSORS: Readonly<Partial<Record<Coding, Compressor>>> = {
  gzip: {
    streams: false,
    compress: (body) => body.pipeThrough(new CompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>),
  },
}
