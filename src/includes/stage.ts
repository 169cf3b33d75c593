// Makes pages of templates: fragments are asked for as the page was, through the whole gateway, and put in their places as they come.
import type { Step } from '../content.js'
import type { Exchange, RequestInfo } from '../exchange.js'
import { combinedValue, editFields, type Fields } from '../http/fields.js'
import type { Payload } from '../http/payload.js'
import type { Answer, Ports } from '../ports.js'
import { resolveText } from '../variables.js'
import type { WireRequest } from '../wire.js'
import { fragmentFields, fragmentTarget, type IncludePolicy, isTemplate, pageFields, templateRequest } from './decision.js'
import { type Include, type Node, TemplateParser } from './parser.js'

/** Answers a request as if a client had sent it. */
export type Ask = (request: WireRequest, info: RequestInfo) => Promise<Answer>

/** What is left for a page and all that is included in it. */
export interface Budget {
  readonly depth: number
  readonly left: { includes: number; bytes: number }
}

export class Includes implements Step {
  readonly #policy: IncludePolicy
  readonly #ask: Ask
  readonly #budgets: WeakMap<Fields, Budget>
  readonly #observe: Ports['observe']

  /** `budgets` is that of all routes, by the lines of the requests that pages send for their fragments. */
  constructor(policy: IncludePolicy, ask: Ask, budgets: WeakMap<Fields, Budget>, observe: Ports['observe']) {
    this.#policy = policy
    this.#ask = ask
    this.#budgets = budgets
    this.#observe = observe
  }

  prepare(exchange: Exchange): void {
    exchange.fields = templateRequest(exchange.fields)
  }

  apply(exchange: Exchange, answer: Answer): Answer {
    const accepted = combinedValue(exchange.sentFields, 'accept-encoding')
    exchange.fields = editFields(exchange.fields, accepted === undefined ? { remove: ACCEPT_ENCODING } : { set: ['Accept-Encoding', accepted] })
    if (exchange.notes.error !== undefined || exchange.notes.filter !== undefined || !isTemplate(answer, this.#policy)) return answer
    const fields = pageFields(answer.fields, resolveText(this.#policy.cacheControl, exchange))
    return { ...answer, fields, body: answer.body && new Page(answer.body, this.#fragmentsOf(exchange)) }
  }

  #fragmentsOf(exchange: Exchange): Fragments {
    const { maxIncludes, maxDepth, maxBytes } = this.#policy
    const { depth, left } = this.#budgets.get(exchange.sentFields) ?? { depth: 0, left: { includes: maxIncludes, bytes: maxBytes } }
    const { client, target, sentFields, signal, peer, country, background } = exchange
    const page = `${client.scheme}://${client.host}${target.raw}`
    return {
      left,
      failed: (error) => this.#observe({ kind: 'background-failed', id: exchange.id, what: 'include', detail: String(error) }),
      get: async (reference) => {
        const wanted = fragmentTarget(reference, page)
        if (wanted === undefined) throw new Error(`"${reference}" is not on the host of its page`)
        if (depth >= maxDepth) throw new Error(`"${reference}" is included more than ${maxDepth} deep`)
        if (--left.includes < 0) throw new Error(`a page includes more than ${maxIncludes} fragments`)
        const fields = fragmentFields(sentFields)
        this.#budgets.set(fields, { depth: depth + 1, left })
        const answer = await this.#ask({ method: 'GET', target: wanted, fields, body: undefined, signal }, { peer, ...(country === undefined ? {} : { country }), waitUntil: background })
        if (answer.status === 200 || answer.status === 204) return answer.body
        answer.body?.cancel()
        answer.tunnel?.cancel()
        throw new Error(`"${reference}" was answered with ${answer.status}`)
      },
    }
  }
}

const ACCEPT_ENCODING: ReadonlySet<string> = new Set(['accept-encoding'])

/** Gets fragments, and counts what they take. */
interface Fragments {
  readonly left: { bytes: number }
  /** The body of one. Rejects when it cannot be had. */
  get(reference: string): Promise<Payload | undefined>
  /** The page cannot be made. */
  failed(error: unknown): void
}

/** What stands in the place of a node. */
type Pieces = readonly (Uint8Array | Payload)[]

/** Fragments that are asked for ahead, the one that is being sent among them. */
const MAX_AHEAD = 8

class Page implements Payload {
  readonly length = undefined
  readonly #template: Payload
  readonly #fragments: Fragments
  readonly #started = new Set<Promise<Pieces>>()
  readonly #unread: Payload[] = []
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #fragment: ReadableStreamDefaultReader<Uint8Array> | undefined
  #isOver = false

  constructor(template: Payload, fragments: Fragments) {
    this.#template = template
    this.#fragments = fragments
  }

  get used(): boolean {
    return this.#template.used
  }

  stream(): ReadableStream<Uint8Array> {
    const pieces = this.#made(this.#template.stream().getReader())
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { value, done } = await pieces.next()
          if (this.#isOver) return
          if (!done) return controller.enqueue(value)
          this.#isOver = true
          controller.close()
        } catch (error) {
          if (this.#isOver) return
          // The head is out: a page that lacks something must not look whole.
          this.#fragments.failed(error)
          this.cancel(error)
          controller.error(error)
        }
      },
      cancel: (reason) => this.cancel(reason),
    }, { highWaterMark: 0 })
  }

  cancel(reason?: unknown): void {
    this.#isOver = true
    if (this.#reader) void this.#reader.cancel(reason).catch(() => {})
    else this.#template.cancel(reason)
    void this.#fragment?.cancel(reason).catch(() => {})
    giveUp(this.#unread)
    for (const started of this.#started) void started.then(giveUp, () => {})
  }

  async *#made(template: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
    this.#reader = template
    const parser = new TemplateParser()
    for (;;) {
      const { value } = await template.read()
      yield* this.#sent(value ? parser.push(value) : parser.end())
      if (!value) return undefined
    }
  }

  /** The pieces in their order; what is included is asked for before its turn. */
  async *#sent(nodes: readonly Node[]): AsyncGenerator<Uint8Array> {
    const included = nodes.filter((node) => node.kind !== 'text')
    const started: Promise<Pieces>[] = []
    let turn = 0
    for (const node of nodes) {
      while (started.length < Math.min(turn + MAX_AHEAD, included.length)) started.push(this.#start(included[started.length]!))
      if (node.kind === 'text') {
        yield node.bytes
        continue
      }
      const pieces = started[turn++]!
      this.#unread.push(...(await pieces).filter((piece): piece is Payload => !(piece instanceof Uint8Array)))
      this.#started.delete(pieces)
      for (const piece of await pieces) {
        if (piece instanceof Uint8Array) yield piece
        else yield* this.#read(piece)
      }
    }
  }

  async *#read(fragment: Payload): AsyncGenerator<Uint8Array> {
    this.#unread.splice(this.#unread.indexOf(fragment), 1)
    const reader = (this.#fragment = fragment.stream().getReader())
    for (let read = await reader.read(); read.value; read = await reader.read()) {
      this.#fragments.left.bytes -= read.value.byteLength
      if (this.#fragments.left.bytes < 0) throw new Error('the fragments of a page are larger than they may be')
      yield read.value
    }
    this.#fragment = undefined
  }

  #start(node: Node): Promise<Pieces> {
    const pieces = this.#resolve(node)
    this.#started.add(pieces)
    // It is told when its turn comes.
    pieces.catch(() => {})
    return pieces
  }

  async #resolve(node: Node): Promise<Pieces> {
    if (node.kind === 'text') return [node.bytes]
    if (node.kind === 'include') return this.#include(node)
    try {
      return await this.#all(node.attempt)
    } catch {
      return this.#all(node.except)
    }
  }

  async #include({ src, alt, isOptional }: Include): Promise<Pieces> {
    let failure: unknown
    for (const reference of alt === undefined ? [src] : [src, alt]) {
      try {
        const body = await this.#fragments.get(reference)
        return body ? [body] : []
      } catch (error) {
        failure = error
      }
    }
    if (isOptional) return []
    throw failure
  }

  /** All or none. */
  async #all(nodes: readonly Node[]): Promise<Pieces> {
    const settled = await Promise.allSettled(nodes.map((node) => this.#resolve(node)))
    const failed = settled.find((each) => each.status === 'rejected')
    const pieces = settled.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    if (!failed) return pieces
    giveUp(pieces)
    throw failed.reason
  }
}

function giveUp(pieces: Pieces): void {
  for (const piece of pieces) if (!(piece instanceof Uint8Array)) piece.cancel()
}
