// Whose turn it is on a client's connection: a request that is sent ahead waits for the answer before its own (RFC 9112 §9.3.2).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** An exchange. */
export interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

const TURN = Symbol('turn')
/** An exchange, and those that wait for its end. */
type Current = Turn & { waiting: Turn[] | undefined }
type TurnSocket = Socket & { [TURN]?: Current }

/** Requests that may wait on one connection. node:http reads all that a client sends, at 25 times its size in memory. */
const MAX_WAITING = 32

/** The exchange that a connection is busy with, or was last. */
export function turnOn(socket: Socket): Turn | undefined {
  return (socket as TurnSocket)[TURN]
}

/** Whether a connection is busy with an exchange. */
export function isBusy(socket: Socket): boolean {
  const turn = turnOn(socket)
  return turn !== undefined && !isClosed(turn.response)
}

/** Gives each connection's requests to `serve` in turn. */
export class Turns {
  readonly #serve: (turn: Turn) => void

  constructor(serve: (turn: Turn) => void) {
    this.#serve = serve
  }

  /**
   * Serves the request now, or after those before it. A client too far ahead loses its connection. Where an answer closes
   * the connection, as after a request that could be read in two ways, what follows may be the rest of an attack and is not
   * looked at.
   */
  take(turn: Turn): void {
    const socket = turn.request.socket as TurnSocket
    if (!socket.writable) return
    const current = socket[TURN]
    if (!current || (isClosed(current.response) && !current.waiting?.length)) return this.#begin(socket, turn, undefined)
    const waiting = (current.waiting ??= [])
    waiting.push(turn)
    if (waiting.length > MAX_WAITING) socket.destroy()
    else if (waiting.length === 1) this.#nextAfter(current.response, socket, waiting)
  }

  #begin(socket: TurnSocket, turn: Turn, waiting: Turn[] | undefined): void {
    socket[TURN] = { request: turn.request, response: turn.response, waiting }
    if (waiting?.length) this.#nextAfter(turn.response, socket, waiting)
    this.#serve(turn)
  }

  #nextAfter(response: ServerResponse, socket: TurnSocket, waiting: Turn[]): void {
    response.once('close', () => {
      const next = waiting.shift()
      if (next && socket.writable) this.#begin(socket, next, waiting)
    })
  }
}

/** Whether a response has had its "close". Deno's has no `closed`, and is destroyed by then. */
function isClosed(response: ServerResponse): boolean {
  return response.closed ?? response.destroyed
}
