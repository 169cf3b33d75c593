// One run: a real gateway between requests that arrive by chance and servers that are simulated, in virtual time.
import { type Answer, type Config, createGateway, GatewayError, type OutboundRequest } from '../../src/index.js'
import { exponential, logNormal, seeded } from './chance.js'
import { type Measures, Observations } from './measures.js'
import { type Ending, Origin, type OriginSettings } from './origin.js'
import { VirtualTime } from './virtual-time.js'

export type UpstreamSettings = Omit<NonNullable<Config['upstreams']>[string], 'targets' | 'discover'>

export interface Setup {
  readonly upstream: UpstreamSettings
  readonly origins: readonly OriginSettings[]
  /** Of the origins, how many are targets from the start. Default all. */
  readonly targets?: number
  /** Requests in a second, at a second of the run. */
  readonly rate: (atSecond: number) => number
  readonly seconds: number
  /** The client of a request; clients are what hashing policies hash. Default: one of 10,000 by chance. */
  readonly client?: (number: number) => number
  /** What happens, and at which second. */
  readonly script?: readonly Step[]
  /** Called before each request, with how many there were before it. */
  readonly onRequest?: (number: number, world: World) => unknown
}

export interface Step {
  readonly atSecond: number
  readonly act: (world: World) => void
}

export interface World {
  readonly origins: readonly Origin[]
  /** Puts another list of targets in force, given by the numbers of the origins. */
  retarget(numbers: readonly number[]): void
}

/** What a request asks of a server that is not slow. */
const DEMAND_MS = 20
const DEMAND_SIGMA = 0.5
const CLIENTS = 10_000
/** After the last arrival; longer than any limit of the gateway. */
const GRACE_MS = 120_000

/** Runs the setup; the same seed gives the same measures. Requests are the same whatever the upstream's settings. */
export async function simulate({ upstream, origins: settings, targets = settings.length, rate, seconds, client, script = [], onRequest }: Setup, seed: number): Promise<Measures> {
  const time = new VirtualTime()
  const [arrivals, demands, clients, chance] = [1, 2, 3, 4].map((stream) => seeded(seed * 7919 + stream)) as [() => number, () => number, () => number, () => number]
  const origins = settings.map((each) => new Origin(each, time))
  const byUrl = new Map(origins.map((origin, i) => [urlOf(i), origin]))
  const demandOf: number[] = []
  const lists = new Lists()
  const startMs = time.nowMs()
  const observations = new Observations(startMs, seconds)
  let ids = 0

  const send = (request: OutboundRequest): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { server, target, limits, signal, lease } = request
      const giveUp = byUrl.get(server.origin)!.take(demandOf[Number(target.slice(1))] ?? 1, (ending) => {
        const failure = failureOf(ending)
        if (failure) return reject(failure)
        resolve({ status: ending === 'unable' ? 503 : 204, fields: [], body: undefined })
        lease?.ended()
      })
      const stop = (error: GatewayError): void => {
        giveUp()
        reject(error)
      }
      time.in(limits.headersMs, () => stop(new GatewayError('http_response_timeout')))
      signal?.addEventListener('abort', () => stop(new GatewayError('client_aborted')), { once: true })
    })

  const gateway = createGateway(
    {
      upstreams: { app: { ...upstream, targets: urlsOf(range(targets)), discover: { source: (signal) => lists.follow(signal) } } },
      routes: [{ upstream: 'app' }],
    },
    {
      transport: { lacks: new Set(), send },
      clock: time,
      random: chance,
      newId: () => `id-${++ids}`,
      sign: async (_, text) => text,
      openStore: () => undefined,
      observe: (event) => observations.event(event),
    },
  )

  const ask = async (number: number): Promise<void> => {
    const sentMs = time.nowMs()
    const from = client ? client(number) : Math.floor(clients() * CLIENTS)
    const answer = await gateway.handle({ method: 'GET', target: `/${number}`, fields: ['Host', 'gate.example'], body: undefined, signal: undefined }, { peer: { address: `10.${from >> 16}.${(from >> 8) & 255}.${from & 255}` } })
    observations.answered(sentMs, time.nowMs(), answer.status)
  }
  const arrive = (): void => {
    const atSecond = (time.nowMs() - startMs) / 1000
    if (atSecond >= seconds) return
    onRequest?.(demandOf.length, world)
    demandOf.push(logNormal(DEMAND_MS, DEMAND_SIGMA, demands))
    time.in(0, () => void ask(demandOf.length - 1))
    time.in(exponential(1000 / rate(atSecond), arrivals), arrive)
  }

  const ending = new AbortController()
  gateway.watch(ending.signal)
  const world: World = { origins, retarget: (numbers) => lists.put(urlsOf(numbers)) }
  for (const { atSecond, act } of script) time.in(atSecond * 1000, () => act(world))
  time.in(0, arrive)
  await time.pass(startMs + seconds * 1000)
  ending.abort()
  await time.pass(startMs + seconds * 1000 + GRACE_MS, () => observations.requests === demandOf.length)
  return observations.measures(origins.map(({ received }) => received))
}

/** The lists of targets as they change: what an operator's own registry would be. */
class Lists {
  #latest: string[] | undefined
  #wake: (() => void) | undefined

  put(urls: string[]): void {
    this.#latest = urls
    this.#wake?.()
  }

  async *follow(signal: AbortSignal): AsyncIterable<string[]> {
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    while (!signal.aborted) {
      const list = this.#latest
      this.#latest = undefined
      if (list) yield list
      else await Promise.race([ended, new Promise<void>((resolve) => (this.#wake = resolve))])
    }
  }
}

function failureOf(ending: Ending): GatewayError | undefined {
  if (ending === 'refused') return new GatewayError('connection_refused')
  return ending === 'broken-off' ? new GatewayError('connection_terminated') : undefined
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

function urlsOf(numbers: readonly number[]): string[] {
  return numbers.map(urlOf)
}

export function urlOf(number: number): string {
  return `http://10.1.${number >> 8}.${number & 255}:8080`
}
