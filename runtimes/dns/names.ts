// What is known of the names of servers: asked for anew when its time is up, kept when nobody can tell.
import { isIP } from 'node:net'
import { type CheckedConfig, GatewayError } from '../../src/index.js'
import { createResolver, type Resolution, type Resolver } from './resolver.js'
import { parseDnsServer } from './system.js'

/** Between which an answer is kept, whatever it says of itself. */
export interface Keeping {
  readonly minTtlMs: number
  readonly maxTtlMs: number
}

const DEFAULT_KEEPING: Keeping = { minTtlMs: 1000, maxTtlMs: 60_000 }

/** The part of its time after which an answer is asked for anew in the background, so that under way nobody waits. */
const REFRESH_AFTER = 0.8
/** How long a request waits for an answer whose time is up before it goes by the old one. */
const MAX_WAIT_MS = 250
/** How long the second family may take after the first (RFC 8305 §3). */
const SECOND_FAMILY_MS = 50
/** How long an address that did not connect stands behind the others of its name. */
const AVOID_MS = 60_000

/** Names as a configuration has them resolved. */
export function namesFor({ resolver = {} }: Pick<CheckedConfig, 'resolver'>): Names {
  const servers = resolver.servers?.map((text) => parseDnsServer(text)!)
  return new Names(createResolver(servers), { minTtlMs: resolver.minTtl ?? DEFAULT_KEEPING.minTtlMs, maxTtlMs: resolver.maxTtl ?? DEFAULT_KEEPING.maxTtlMs })
}

/** The names that a transport connects to. */
export class Names {
  readonly #resolver: Pick<Resolver, 'resolve'>
  readonly #keeping: Keeping
  readonly #names = new Map<string, Name | undefined>()

  constructor(resolver: Pick<Resolver, 'resolve'>, keeping: Keeping = DEFAULT_KEEPING) {
    this.#resolver = resolver
    this.#keeping = keeping
  }

  /** What is known of a host; undefined for an address, of which there is nothing to know. */
  of(hostname: string): Name | undefined {
    const known = this.#names.get(hostname)
    if (known || this.#names.has(hostname)) return known
    const name = isIP(hostname) > 0 ? undefined : new Name(hostname, this.#resolver, this.#keeping)
    this.#names.set(hostname, name)
    return name
  }
}

/** One name and its addresses. */
export class Name {
  readonly #hostname: string
  readonly #resolver: Pick<Resolver, 'resolve'>
  readonly #keeping: Keeping
  readonly #avoidedUntilMs = new Map<string, number>()
  readonly #listeners = new Set<() => void>()
  #v4: readonly string[] = []
  #v6: readonly string[] = []
  #addresses: readonly string[] = []
  #failure: GatewayError | undefined
  #askedAtMs = -Infinity
  #refreshAtMs = -Infinity
  #goodUntilMs = -Infinity
  #asking: Promise<void> | undefined
  #waiting: Promise<void> | undefined

  constructor(hostname: string, resolver: Pick<Resolver, 'resolve'>, keeping: Keeping) {
    this.#hostname = hostname
    this.#resolver = resolver
    this.#keeping = keeping
  }

  /** Whether an address is one of the name's, as far as is known now. */
  has(address: string): boolean {
    return this.#addresses.includes(address)
  }

  /** Calls the listener whenever addresses are found to be gone. Returns what ends that. */
  onGone(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * To be asked before a connection is used again. Undefined when what is known is good, or when nothing is; else
   * resolves once it is good again, or has to do for now.
   */
  checked(): Promise<void> | undefined {
    const nowMs = performance.now()
    if (nowMs < this.#refreshAtMs || this.#addresses.length === 0) return undefined
    const asking = this.#ask()
    // Where nobody could tell the last time, nobody is waited for.
    if (nowMs < this.#goodUntilMs || this.#failure) return undefined
    return (this.#waiting ??= soon(asking, MAX_WAIT_MS).then(() => {
      this.#waiting = undefined
      // Whoever comes next does not wait for what this one has waited for.
      this.#goodUntilMs = Math.max(this.#goodUntilMs, performance.now() + this.#keeping.minTtlMs)
    }))
  }

  /** The addresses to connect to, the best first. Rejects with a GatewayError when there are none. */
  async addresses(): Promise<readonly string[]> {
    const nowMs = performance.now()
    if (this.#addresses.length > 0) await this.checked()
    else if (nowMs >= this.#goodUntilMs) await this.#ask()
    if (this.#addresses.length === 0) throw this.#failure ?? new GatewayError('dns_error', { message: `${this.#hostname} has no address` })
    return this.#addresses
  }

  /** Asks anew because the addresses do not connect, but no more often than answers are kept at least. Gives the addresses then. */
  async refreshed(): Promise<readonly string[]> {
    if (this.#asking || performance.now() - this.#askedAtMs >= this.#keeping.minTtlMs) await this.#ask()
    return this.#addresses
  }

  /** Puts an address behind the others: it did not connect where another did. */
  avoid(address: string): void {
    this.#avoidedUntilMs.set(address, performance.now() + AVOID_MS)
    this.#arrange()
  }

  /** Asks, once for all who want to know. Never rejects: what came of it is known then. */
  #ask(): Promise<void> {
    return (this.#asking ??= this.#resolve().finally(() => (this.#asking = undefined)))
  }

  async #resolve(): Promise<void> {
    this.#askedAtMs = performance.now()
    const [v4, v6] = await bothFamilies(this.#resolver, this.#hostname)
    const { minTtlMs, maxTtlMs } = this.#keeping
    const found = [v4, v6].filter(hasAddresses)
    const ttlMs = Math.min(Math.max(Math.min(...found.map((outcome) => outcome.ttlMs)), minTtlMs), maxTtlMs)
    // That there is no address, or that nobody could tell, may be otherwise in a moment.
    const keptMs = found.length > 0 ? ttlMs : minTtlMs
    this.#goodUntilMs = performance.now() + keptMs
    this.#refreshAtMs = performance.now() + keptMs * REFRESH_AFTER
    this.#failure = found.length > 0 ? undefined : [v4, v6].find((outcome) => outcome instanceof GatewayError)
    if (this.#failure) return
    // Of a family that nobody could tell about, the last good answer still holds.
    if (v4 && !(v4 instanceof GatewayError)) this.#v4 = v4.records
    if (v6 && !(v6 instanceof GatewayError)) this.#v6 = v6.records
    const before = this.#addresses
    this.#arrange()
    if (before.some((address) => !this.has(address))) for (const listener of this.#listeners) listener()
  }

  /** IPv6 and IPv4 in turn (RFC 8305 §4), those that did not connect at the end. */
  #arrange(): void {
    const nowMs = performance.now()
    for (const [address, untilMs] of this.#avoidedUntilMs) if (untilMs <= nowMs) this.#avoidedUntilMs.delete(address)
    const inTurn = Array.from({ length: Math.max(this.#v4.length, this.#v6.length) }, (_, i) => [this.#v6[i], this.#v4[i]]).flat()
    const all = inTurn.filter((address): address is string => address !== undefined)
    const avoided = (address: string): boolean => this.#avoidedUntilMs.has(address)
    this.#addresses = [...all.filter((address) => !avoided(address)), ...all.filter(avoided)]
  }
}

type Outcome = Resolution<'A' | 'AAAA'> | GatewayError

/** Both families at once. Once one has addresses, the other is given a moment only; undefined is what it would have said. */
async function bothFamilies(resolver: Pick<Resolver, 'resolve'>, hostname: string): Promise<readonly [Outcome | undefined, Outcome | undefined]> {
  const outcomes: [Outcome | undefined, Outcome | undefined] = [undefined, undefined]
  const asked = (['A', 'AAAA'] as const).map(async (type, i) => {
    const outcome = await resolver.resolve(hostname, type).catch((error: unknown) => (error instanceof GatewayError ? error : new GatewayError('dns_error', { message: String(error), cause: error })))
    outcomes[i] = outcome
    return hasAddresses(outcome)
  })
  const both = Promise.all(asked)
  await ((await Promise.race(asked)) ? soon(both, SECOND_FAMILY_MS) : both)
  return outcomes
}

function hasAddresses(outcome: Outcome | undefined): outcome is Resolution<'A' | 'AAAA'> {
  return outcome !== undefined && !(outcome instanceof GatewayError) && outcome.records.length > 0
}

/** Resolves with the work, or when the time has passed. */
async function soon(work: Promise<unknown>, withinMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)))
  await Promise.race([work, late])
  clearTimeout(timer)
}
