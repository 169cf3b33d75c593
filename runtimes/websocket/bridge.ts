// A WebSocket whose client is the runtime's and whose server is a socket: what one end gets the other sends, message by message.
import { GatewayError } from '../../src/index.js'
import type { Tunnel } from '../../src/adapter.js'
import { Watchdog } from '../shared/watchdog.js'
import { BROKEN, type Close } from './close.js'
import { Keepalive, type Side, SILENT_CODE, SILENT_REASON } from './keepalive.js'
import type { Message } from './message-reader.js'
import { ServerEnd } from './server-end.js'
import { SocketTunnel } from './tunnel.js'

/** The client's end, as its runtime lets it be worked. */
export interface ClientEnd {
  send(message: Message): void
  /** Bytes that were given and are not sent. */
  buffered(): number
  /** Says goodbye. */
  close(close: Close): void
  /** Breaks off; where the runtime has no means to, says goodbye in words of its own. */
  terminate(): void
  /** Absent where the runtime does not let it; it then answers pings itself, and asks for signs of life itself. */
  readonly ping?: (data: Uint8Array) => void
  /** Stops reading until `resume`; absent where the runtime reads without end. */
  readonly flow?: { pause(): void; resume(): void }
}

/** Above so many unsent bytes the other end is not read; below the lower mark it is again. */
const HIGH_MARK = 1024 * 1024
const LOW_MARK = 128 * 1024
/** How often a client that takes no more is looked at: not every runtime tells when it does again. */
const LOOK_AGAIN_MS = 10
/** Unsent bytes at which a connection is ended whose client cannot be stopped. One message may be larger. */
const MAX_BUFFERED = 16 * 1024 * 1024
/** How long an end may take to answer a goodbye. */
const GOODBYE_MS = 5000
/** How long a client may take to open: one that left at that moment is never heard of again on Deno. */
const OPEN_MS = 5000

/**
 * Joins both ends. The server is not read until the client has joined. When one end closes so does the other, with the
 * same code; when one breaks, or nothing passes for the idle time, both are broken off.
 */
export class Bridge {
  /** Resolves when both ends are closed, or given up. */
  readonly ended: Promise<void>
  /** After how long without a sign of life an end is asked for one; undefined when none is. */
  readonly pingMs: number | undefined
  readonly #idleMs: number
  readonly #server: ServerEnd
  readonly #watchdog = new Watchdog(() => this.#late())
  readonly #closed = new Set<Side>()
  #client: ClientEnd | undefined
  #keepalive: Keepalive | undefined
  #clientPaused = false
  /** Runs while the server is held back, until the client has taken enough. */
  #waiting: { timer: ReturnType<typeof setTimeout>; buffered: number } | undefined
  #closingClient: ReturnType<typeof setTimeout> | undefined
  /** What was unsent when an end was last waited for to take it. */
  #unsent = 0
  #state: 'open' | 'closing' | 'over' = 'open'
  #tellEnded: () => void = () => {}

  constructor({ socket, limits: { upgradedIdleMs, pingMs } }: SocketTunnel) {
    this.ended = new Promise((resolve) => (this.#tellEnded = resolve))
    this.pingMs = pingMs
    this.#idleMs = upgradedIdleMs
    this.#server = new ServerEnd(socket)
    this.#watchdog.wait('client_timeout', Math.min(OPEN_MS, upgradedIdleMs))
  }

  /** Gives it the client's end, open. */
  join(client: ClientEnd): void {
    if (this.#state === 'over') return client.terminate()
    this.#client = client
    if (this.#state === 'open') this.#watchdog.wait('client_timeout', this.#idleMs)
    if (this.pingMs !== undefined) this.#keepalive = this.#watch(client, this.pingMs)
    this.#server.listen({
      message: (message) => this.#fromServer(() => client.send(message)),
      ping: (data) => this.#fromServer(() => (client.ping ? client.ping(data) : this.#answer(data))),
      // The client has been answered by its runtime.
      pong: () => this.#heard('server', true),
      drained: () => {
        this.#heard('server')
        if (this.#clientPaused) client.flow?.resume()
        this.#clientPaused = false
      },
      closed: (close) => this.#goodbye('server', close),
    })
  }

  /** The client has sent a message. */
  message(message: Message): void {
    if (this.#state !== 'open') return
    this.#heard('client')
    // Without a means to stop the client, a server that is slower than it would take all the memory there is.
    if (!this.#client?.flow && this.#server.buffered() > MAX_BUFFERED) return this.cancel()
    this.#server.send(message)
    this.#holdClient()
  }

  /** The client has sent a ping; its runtime has answered. */
  ping(data: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#heard('client')
    this.#server.ping(data)
    this.#holdClient()
  }

  /** The client has answered a ping. */
  pong(data: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#heard('client', true)
    this.#server.pong(data)
  }

  /** The client has closed, or has broken: 1006, 1015, or no code at all. */
  closed(code: number, reason: string): void {
    this.#goodbye('client', { code, reason })
  }

  /** Breaks both ends off. */
  cancel(): void {
    if (this.#state === 'over') return
    this.#end()
    this.#server.terminate()
    this.#client?.terminate()
  }

  #fromServer(pass: () => void): void {
    if (this.#state !== 'open') return
    this.#heard('server')
    pass()
    if (this.#waiting || this.#clientBuffered() <= HIGH_MARK) return
    this.#server.pause()
    this.#awaitClient()
  }

  /** Answers for a client that cannot be asked; a server that takes no answers gets none (RFC 6455 §5.5.3 lets some be left out). */
  #answer(data: Uint8Array): void {
    if (this.#server.buffered() <= HIGH_MARK) this.#server.pong(data)
  }

  #holdClient(): void {
    if (this.#clientPaused || !this.#client?.flow || this.#server.buffered() <= HIGH_MARK) return
    this.#client.flow.pause()
    this.#clientPaused = true
  }

  #awaitClient(): void {
    this.#waiting = { buffered: this.#clientBuffered(), timer: setTimeout(() => this.#lookAgain(), LOOK_AGAIN_MS) }
  }

  #lookAgain(): void {
    const now = this.#clientBuffered()
    if (now < (this.#waiting?.buffered ?? 0)) this.#heard('client')
    if (now > LOW_MARK) return this.#awaitClient()
    this.#letGo()
  }

  /** Both ends are read again. */
  #letGo(): void {
    clearTimeout(this.#waiting?.timer)
    if (this.#waiting) this.#server.resume()
    this.#waiting = undefined
    if (this.#clientPaused && !this.#closed.has('client')) this.#client?.flow?.resume()
    this.#clientPaused = false
  }

  #clientBuffered(): number {
    return this.#client?.buffered() ?? 0
  }

  /** An end gives a sign of life. One that we have asked for is no traffic. */
  #heard(side: Side, isPong = false): void {
    if (!isPong || !this.#keepalive?.isAsked(side)) this.#watchdog.moved()
    this.#keepalive?.heard(side)
  }

  #watch(client: ClientEnd, pingMs: number): Keepalive {
    const ask = (end: { ping?: (data: Uint8Array) => void }): boolean => {
      end.ping?.(NOTHING)
      return true
    }
    const server = { ask: () => ask(this.#server), isRead: () => this.#server.isRead() }
    const peers = client.ping ? { server, client: { ask: () => ask(client), isRead: () => !this.#clientPaused } } : { server }
    return new Keepalive(pingMs, peers, (side) => this.#endSilent(side))
  }

  /** An end does not answer: both are told. */
  #endSilent(side: Side): void {
    if (this.#state !== 'open') return
    this.#beginClosing()
    const close = { code: SILENT_CODE[side], reason: SILENT_REASON }
    this.#server.close(close)
    this.#closeClient(close)
  }

  #goodbye(from: Side, close: Close): void {
    this.#closed.add(from)
    if (this.#closed.size === 2) return this.#end()
    if (this.#state !== 'open') return
    this.#beginClosing()
    if (close.code < 1000 || close.code === BROKEN || close.code === 1015) (from === 'client' ? this.#server : this.#client)?.terminate()
    else if (from === 'client') this.#server.close(close)
    else this.#closeClient(close)
  }

  /** Says goodbye once all is sent: Bun drops the rest. */
  #closeClient(close: Close): void {
    if (this.#clientBuffered() === 0) this.#client?.close(close)
    else this.#closingClient = setTimeout(() => this.#closeClient(close), LOOK_AGAIN_MS)
  }

  #beginClosing(): void {
    this.#state = 'closing'
    this.#keepalive?.stop()
    this.#letGo()
    this.#unsent = this.#clientBuffered() + this.#server.buffered()
    this.#watchdog.wait('client_timeout', GOODBYE_MS)
  }

  /** A wait is over. What is left behind a goodbye may take longer, as long as it goes on being taken. */
  #late(): void {
    const unsent = this.#clientBuffered() + this.#server.buffered()
    if (this.#state !== 'closing' || unsent >= this.#unsent) return this.cancel()
    this.#unsent = unsent
    this.#watchdog.wait('client_timeout', GOODBYE_MS)
  }

  #end(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#watchdog.stop()
    this.#keepalive?.stop()
    clearTimeout(this.#closingClient)
    this.#letGo()
    this.#tellEnded()
  }
}

const NOTHING = new Uint8Array(0)

/** The upgraded connections of a listener. */
export class OpenBridges {
  readonly #open = new Set<Bridge>()
  #draining = false

  /** A bridge to the connection behind an answer, for the listener to join; one that cannot be is given up, and the error says why. */
  take(tunnel: Tunnel): Bridge | GatewayError {
    const isSocket = tunnel instanceof SocketTunnel
    if (!isSocket || this.#draining) {
      tunnel.cancel()
      return isSocket ? new GatewayError('shutting_down') : new GatewayError('not_implemented', { detail: 'This listener cannot join the connection of its transport.' })
    }
    const bridge = new Bridge(tunnel)
    this.#open.add(bridge)
    void bridge.ended.then(() => this.#open.delete(bridge))
    return bridge
  }

  /** Lets them end by themselves until `timeoutMs` has passed, then breaks them off. */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true
    const deadline = setTimeout(() => {
      for (const bridge of this.#open) bridge.cancel()
    }, timeoutMs)
    await Promise.all([...this.#open].map((bridge) => bridge.ended))
    clearTimeout(deadline)
  }
}
