// An upgraded connection whose ends are asked for signs of life: bytes pass untouched, with pings of ours between frames.
import type { Http2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { Watchdog } from '../shared/watchdog.js'
import { closePayload } from './close.js'
import { frameOf, OPCODE } from './frame.js'
import { FrameBorders } from './frame-borders.js'
import { Keepalive, type Side, SILENT_CODE, SILENT_REASON } from './keepalive.js'

/** How long an end may take to go once it was told to. */
const GOODBYE_MS = 5000

/** Joins two sockets. Neither's own timer is used: pings and their answers would keep it from firing. */
export function joinWatched(client: Socket | Http2Stream, server: Socket, idleMs: number, pingMs: number): void {
  const sockets = { client, server }
  let open = 2
  const onClose = (): void => {
    keepalive.stop()
    // What is left for the other end to take has the idle time for it.
    if (--open === 0) idle.stop()
  }
  const destroy = (): void => {
    client.destroy()
    server.destroy()
  }
  const idle = new Watchdog(destroy)
  const keepalive: Keepalive = new Keepalive(
    pingMs,
    {
      client: { ask: () => toClient.ping(), isRead: () => !client.isPaused() },
      server: { ask: () => toServer.ping(), isRead: () => !server.isPaused() },
    },
    (side) => {
      idle.wait('client_timeout', GOODBYE_MS)
      for (const direction of [toClient, toServer]) direction.finish(SILENT_CODE[side])
    },
  )
  const tellings: Tellings = {
    heard: (side, moved) => {
      if (moved || !keepalive.isAsked(side)) idle.moved()
      keepalive.heard(side)
    },
    asked: (side) => keepalive.asked(side),
    closing: () => keepalive.stop(),
  }
  const toClient = new Direction(sockets, 'server', 'client', tellings)
  const toServer = new Direction(sockets, 'client', 'server', tellings)
  idle.wait('client_timeout', idleMs)
  client.once('close', onClose)
  server.once('close', onClose)
}

/** What a direction tells of. */
interface Tellings {
  /** An end gives a sign of life; `moved` when it is more than the answer to a ping. */
  heard(side: Side, moved: boolean): void
  /** A ping that had to wait was sent to this end. */
  asked(side: Side): void
  /** A goodbye has passed: who has said one, or was told one, may leave pings unanswered. */
  closing(): void
}

/** Bytes from one end to the other. */
class Direction {
  readonly #from: Socket | Http2Stream
  readonly #to: Socket | Http2Stream
  readonly #toSide: Side
  readonly #fromSide: Side
  readonly #tellings: Tellings
  readonly #borders = new FrameBorders()
  #pingWaits = false
  #finished = false

  constructor(sockets: Readonly<Record<Side, Socket | Http2Stream>>, from: Side, to: Side, tellings: Tellings) {
    this.#from = sockets[from]
    this.#to = sockets[to]
    this.#fromSide = from
    this.#toSide = to
    this.#tellings = tellings
    this.#from.on('data', (bytes: Uint8Array) => this.#pass(bytes))
    this.#from.on('end', () => this.#to.end())
    this.#to.on('drain', () => {
      tellings.heard(to, true)
      this.#from.resume()
    })
  }

  /** Sends a ping, or keeps it until the frame that is passing has ended: then it is false. */
  ping(): boolean {
    // An end that has bytes to take shows by taking them that it is there.
    if (this.#to.writableNeedDrain) return true
    this.#pingWaits = !this.#borders.open
    if (!this.#pingWaits) this.#write(OPCODE.ping, NOTHING)
    return !this.#pingWaits
  }

  /** Passes nothing on any more: says goodbye, where a frame may stand now, and ends. */
  finish(code: number): void {
    if (this.#borders.open) this.#write(OPCODE.close, closePayload({ code, reason: SILENT_REASON }))
    this.#finished = true
    this.#to.end()
    this.#from.resume()
  }

  #pass(bytes: Uint8Array): void {
    if (this.#finished) return
    let rest = bytes
    if (this.#pingWaits) {
      const at = this.#borders.toBorder(bytes)
      this.#to.write(bytes.subarray(0, at))
      rest = bytes.subarray(at)
      if (this.ping()) this.#tellings.asked(this.#toSide)
    }
    this.#borders.follow(rest)
    this.#tellings.heard(this.#fromSide, this.#borders.takeMoved())
    if (this.#borders.closing) this.#tellings.closing()
    if (!this.#to.write(rest)) this.#from.pause()
  }

  #write(opcode: number, payload: Uint8Array): void {
    if (this.#to.writable) this.#to.write(frameOf(opcode, payload, this.#toSide === 'server' ? crypto.getRandomValues(new Uint8Array(4)) : undefined))
  }
}

const NOTHING = new Uint8Array(0)
