// Stored bodies in content codings: each is made once, for the first client that takes it, and kept beside the answer.
import type { Exchange, Kept } from '../../exchange.js'
import { BytesPayload, type Payload } from '../../http/payload.js'
import { RecordedBody } from '../../http/record-body.js'
import type { Answer } from '../../ports.js'
import type { Entry, StoredAnswer, Terms } from '../entry.js'
import type { Draft } from '../stores/entry-store.js'

/** The part of a shelf that coded bodies stand on. Neither rejects. */
interface Place {
  read(id: string, key: string): Entry | undefined | Promise<Entry | undefined>
  put(id: string, key: string, entry: StoredAnswer): Promise<void>
  fail(id: string, error: unknown): void
  readonly draft: (() => Promise<Draft>) | undefined
}

/** An answer that is stored, or that will be. */
export interface Source {
  readonly bodyId: string
  readonly terms: Terms
  /** Set while the body is on its way to the store. */
  readonly recorded?: Pick<RecordedBody, 'isLost'> | undefined
}

/** Encodes a body. */
type Encode = (body: Payload) => Payload

export class CodedBodies {
  readonly #place: Place
  /** Those that are being made, by key: who asks for one meanwhile follows. */
  readonly #making = new Map<string, RecordedBody<Draft>>()

  constructor(place: Place) {
    this.#place = place
  }

  /** Notes that the body of this answer is kept in codings as well, where that is all of a stored one. */
  offer(exchange: Exchange, source: Source, { status, body }: Pick<Answer, 'status' | 'body'>, maxBytes: number): void {
    if (!body || status === 206) return
    exchange.notes.kept = { body, coded: (plain, coding, encode) => this.#coded(exchange, source, plain, `["coded",${JSON.stringify(source.bodyId)},${JSON.stringify(coding)}]`, encode, maxBytes) } satisfies Kept
  }

  #coded(exchange: Exchange, source: Source, body: Payload, key: string, encode: Encode, maxBytes: number): Payload | Promise<Payload> {
    const found = this.#place.read(exchange.id, key)
    const use = (entry: Entry | undefined): Payload => {
      const coded = entry?.kind === 'answer' ? entry.answer.body : this.#followed(key)
      if (!coded) return this.#made(exchange, source, body, key, encode, maxBytes)
      body.cancel()
      return coded
    }
    return found instanceof Promise ? found.then(use) : use(found)
  }

  #followed(key: string): Payload | undefined {
    const making = this.#making.get(key)
    return making?.canFollow ? making.follow() : undefined
  }

  #made(exchange: Exchange, source: Source, body: Payload, key: string, encode: Encode, maxBytes: number): Payload {
    const { id, background } = exchange
    const write = async (whole: Payload): Promise<void> => {
      // Where the answer that it is a form of is not stored, nobody would ask for it.
      if (!source.recorded?.isLost) await this.#place.put(id, key, { kind: 'answer', answer: { status: 200, fields: [], body: whole }, terms: source.terms, bodyId: '', partition: '' })
      forget()
      coded.release()
    }
    const coded = new RecordedBody<Draft>(encode(body), { maxBytes, openSpool: this.#place.draft }, (recording, error) => {
      if (recording) return background(write(recording instanceof BytesPayload ? recording : recording.body()))
      forget()
      if (error !== undefined) this.#place.fail(id, error)
    })
    const forget = (): void => {
      if (this.#making.get(key) === coded) this.#making.delete(key)
    }
    this.#making.set(key, coded)
    return coded.follow()
  }
}
