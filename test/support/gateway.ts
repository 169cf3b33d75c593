// A gateway whose world is made of values: servers that are functions, a clock that is set, ids that count.
import type { Config, Gateway, GatewayEvent, OutboundRequest, Ports } from '../../src/index.js'
import { type Answer, createGateway, GatewayError } from '../../src/index.js'
import { BytesPayload, type Fields, type Payload, type PeerCertificate, StreamPayload } from '../../src/adapter.js'
import { fieldValues } from '../../src/http/fields.js'
import type { RequestInfo } from '../../src/index.js'

/** What the servers do with a request: answer, or fail by throwing. */
export type Origin = (request: OutboundRequest, number: number) => Answer | Promise<Answer>

export interface World {
  readonly sent: OutboundRequest[]
  readonly events: GatewayEvent[]
  readonly background: Promise<unknown>[]
  readonly purge: Gateway['purge']
  readonly watch: Gateway['watch']
  nowMs: number
  /** Asks in wire form, as an adapter does. */
  ask(method: string, target: string, options?: AskOptions): Promise<Told>
  /** Asks with a Request, as a platform does. */
  fetch(request: Request, info?: RequestInfo): Promise<Response>
}

export interface AskOptions {
  readonly host?: string
  readonly fields?: Fields
  readonly body?: Payload
  readonly peer?: string
  readonly certificate?: PeerCertificate
  readonly signal?: AbortSignal
  readonly upgrade?: 'websocket'
  /** Takes interim answers. */
  readonly inform?: (status: number, fields: Fields) => void
}

/** An answer whose body has been read to its end, and whose background work is done. */
export interface Told {
  readonly status: number
  readonly fields: Fields
  readonly text: string
  readonly hasBody: boolean
  readonly close: boolean
  value(name: string): string | undefined
}

export const text = (body: string, fields: Fields = [], status = 200): Answer => {
  const bytes = new TextEncoder().encode(body)
  return { status, fields: ['Content-Length', String(bytes.byteLength), ...fields], body: new StreamPayload(new BytesPayload(bytes).stream(), bytes.byteLength) }
}

export const fails = (...parameters: ConstructorParameters<typeof GatewayError>): never => {
  throw new GatewayError(...parameters)
}

/** A world around a gateway with this configuration; `routes` to the upstream `app` on two servers unless told otherwise. */
export function worldOf(config: Partial<Config>, origin: Origin = () => text('ok'), ports: Partial<Ports> = {}): World {
  const sent: OutboundRequest[] = []
  const events: GatewayEvent[] = []
  const background: Promise<unknown>[] = []
  let ids = 0
  let nowMs = 1_000_000
  const whole: Config = { upstreams: { app: { targets: ['http://origin-a.internal:3001', 'http://origin-b.internal:3002'] } }, routes: [{ upstream: 'app' }], ...config }
  const gateway = createGateway(whole, {
    transport: {
      lacks: new Set(),
      send: async (request) => {
        const answer = await origin(request, sent.push(request))
        request.lease?.ended()
        return answer
      },
    },
    clock: { nowMs: () => nowMs, sleep: () => Promise.resolve() },
    random: () => 0,
    newId: () => `id-${++ids}`,
    observe: (event) => void events.push(event),
    openStore: () => undefined,
    ...ports,
  })
  const waitUntil = (work: Promise<unknown>): void => void background.push(work)
  const world: World = {
    sent,
    events,
    background,
    purge: gateway.purge,
    watch: gateway.watch,
    get nowMs() {
      return nowMs
    },
    set nowMs(ms) {
      nowMs = ms
    },
    async ask(method, target, { host = 'gate.example', fields = [], body, peer = '203.0.113.9', certificate, signal, upgrade, inform } = {}) {
      const answer = await gateway.handle({ method, target, fields: ['Host', host, ...fields], body, signal, upgrade, inform }, { peer: { address: peer, certificate }, waitUntil })
      const read = answer.body ? await new Response(answer.body.stream() as BodyInit).text() : ''
      await Promise.all(background)
      const value = (name: string): string | undefined => fieldValues(answer.fields, name).join(', ') || undefined
      return { status: answer.status, fields: answer.fields, text: read, hasBody: answer.body !== undefined, close: answer.close ?? false, value }
    },
    fetch: (request, info) => gateway.fetch(request, info),
  }
  return world
}
