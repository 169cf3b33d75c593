// Connects to a name by whichever of its addresses answers first (RFC 8305, "Happy Eyeballs").
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import type { Name } from './names.js'

/** How long an address is waited for before the next one is tried beside it (RFC 8305 §5). */
const NEXT_ATTEMPT_MS = 250

/** How much is taken in before anybody reads it, which net's types leave out; the 16 KiB of Node 20 make large bodies slow. */
const READ_AHEAD = { highWaterMark: 64 * 1024 } as Partial<NetConnectOpts>

/** What begins to connect: net's `connect`, or one that knows more of how its sockets are read. */
export type Connect = (options: NetConnectOpts) => Socket

/** A connection being made. */
export interface Dial {
  /** Rejects with the error of the first address that failed. */
  readonly connected: Promise<Socket>
  /** Whether its addresses are not known yet. */
  readonly resolving: boolean
  /** Gives it up; nothing settles any more then. */
  cancel(): void
}

/** Connects to a host: an address, or a name of which this is what is known. */
export function dial(hostname: string, port: number, name: Name | undefined, open: Connect = connect): Dial {
  const race = new Race(port, name, open)
  race.connected = name ? race.startByName(name) : race.start([hostname])
  return race
}

/** Connects to a Unix socket. */
export function dialPath(path: string, open: Connect = connect): Dial {
  const socket = open({ path, ...READ_AHEAD })
  const connected = new Promise<Socket>((resolve, reject) => {
    socket.on('error', reject)
    socket.once('connect', () => resolve(socket.off('error', reject)))
  })
  return { connected, resolving: false, cancel: () => void socket.on('error', () => {}).destroy() }
}

/** Attempts that start one after another until one of them has connected. */
class Race implements Dial {
  connected!: Promise<Socket>
  readonly #port: number
  readonly #name: Name | undefined
  readonly #open: Connect
  readonly #attempts = new Map<string, Socket>()
  readonly #tried = new Set<string>()
  #waiting: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #firstError: Error | undefined
  #refreshing = false
  #over = false
  #resolve!: (socket: Socket) => void
  #reject!: (error: Error) => void

  constructor(port: number, name: Name | undefined, open: Connect) {
    this.#port = port
    this.#name = name
    this.#open = open
  }

  get resolving(): boolean {
    return this.#tried.size === 0
  }

  async startByName(name: Name): Promise<Socket> {
    return this.start(await name.addresses())
  }

  start(addresses: readonly string[]): Promise<Socket> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#add(addresses)
      this.#next()
    })
  }

  cancel(): void {
    this.#end()
  }

  #add(addresses: readonly string[]): void {
    for (const address of addresses) {
      if (this.#tried.has(address)) continue
      this.#tried.add(address)
      this.#waiting.push(address)
    }
  }

  /** Tries the next address; without one, asks whether the name has moved. */
  #next(): void {
    if (this.#over) return
    clearTimeout(this.#timer)
    const address = this.#waiting.shift()
    if (address === undefined) return void this.#refresh()
    const socket = this.#open({ host: address, port: this.#port, ...READ_AHEAD })
    this.#attempts.set(address, socket)
    const onError = (error: Error): void => this.#lost(address, error)
    socket.on('error', onError)
    socket.once('connect', () => this.#won(address, socket.off('error', onError)))
    if (this.#waiting.length > 0 || this.#name) this.#timer = setTimeout(() => this.#next(), NEXT_ATTEMPT_MS)
  }

  #won(address: string, socket: Socket): void {
    // Those before it that failed or had more time than it.
    for (const behind of this.#tried) {
      if (behind === address) break
      this.#name?.avoid(behind)
    }
    this.#attempts.delete(address)
    this.#end()
    this.#resolve(socket)
  }

  #lost(address: string, error: Error): void {
    if (this.#over) return
    this.#firstError ??= error
    this.#attempts.delete(address)
    this.#next()
  }

  #refresh(): void {
    if (!this.#name || this.#refreshing) return this.#failWhenAllHave()
    this.#refreshing = true
    void this.#name.refreshed().then((addresses) => {
      this.#add(addresses)
      if (this.#waiting.length > 0) this.#next()
      else this.#failWhenAllHave()
    })
  }

  #failWhenAllHave(): void {
    if (this.#over || this.#attempts.size > 0) return
    this.#end()
    this.#reject(this.#firstError!)
  }

  #end(): void {
    this.#over = true
    clearTimeout(this.#timer)
    for (const socket of this.#attempts.values()) {
      // What a socket that is being destroyed still has to say changes nothing.
      socket.on('error', () => {}).destroy()
    }
    this.#attempts.clear()
  }
}
