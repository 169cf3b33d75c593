// One connection to a Redis server: commands go out as they come, answers are matched in order (RESP 2). It is opened when it is needed, and again after it broke.
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** What a server answers: a status or a number, bytes, nothing, or several of these. */
export type Reply = string | number | Buffer | null | Reply[]

export type ReplyRead = { readonly reply: Reply | Error; readonly bytes: number } | 'incomplete' | 'malformed'

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
  readonly timer: ReturnType<typeof setTimeout>
}

/** A cache that takes longer than this is worse than none. */
const TIMEOUT_MS = 1000
const DEFAULT_PORT = 6379
/** Lists within lists; an answer to what is asked here has three. */
const MAX_DEPTH = 8

export class RedisConnection {
  readonly #url: URL
  readonly #timeoutMs: number
  #socket: Socket | undefined
  #waiting: Waiting[] = []
  #received: Buffer = Buffer.alloc(0)

  constructor(url: string, timeoutMs = TIMEOUT_MS) {
    this.#url = new URL(url)
    this.#timeoutMs = timeoutMs
  }

  /** Rejects with the server's error, or when there is no answer in time. */
  send(...command: (string | Buffer)[]): Promise<Reply> {
    const socket = (this.#socket ??= this.#open())
    return this.#write(socket, command)
  }

  #write(socket: Socket, command: readonly (string | Buffer)[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(socket, new Error('the Redis server did not answer in time')), this.#timeoutMs)
      this.#waiting.push({ resolve, reject, timer })
      socket.write(Buffer.concat([Buffer.from(`*${command.length}\r\n`), ...command.flatMap((part) => [Buffer.from(`$${Buffer.byteLength(part)}\r\n`), Buffer.from(part as string), Buffer.from('\r\n')])]))
    })
  }

  #open(): Socket {
    const { protocol, hostname, port, username, password, pathname } = this.#url
    const host = hostname.replace(/^\[|\]$/g, '')
    const end = { host, port: Number(port || DEFAULT_PORT), noDelay: true }
    // What is written before the handshake is done waits for it.
    const socket: Socket = protocol === 'rediss:' ? connectTls({ ...end, ...(isIP(host) ? {} : { servername: host }) }) : connect(end)
    socket.unref()
    socket.on('data', (chunk) => this.#take(socket, chunk))
    socket.on('error', (error) => this.#fail(socket, error))
    socket.on('close', () => this.#fail(socket, new Error('the Redis server closed the connection')))
    const prepare = [...(password ? [['AUTH', ...(username ? [decodeURIComponent(username)] : []), decodeURIComponent(password)]] : []), ...(pathname.length > 1 ? [['SELECT', pathname.slice(1)]] : [])]
    // What fails here fails every command after it, which then tells.
    for (const command of prepare) this.#write(socket, command).catch((error: Error) => this.#fail(socket, error))
    return socket
  }

  #take(socket: Socket, chunk: Buffer): void {
    if (socket !== this.#socket) return
    this.#received = this.#received.byteLength === 0 ? chunk : Buffer.concat([this.#received, chunk])
    for (;;) {
      const read = readReply(this.#received)
      if (read === 'incomplete') return
      if (read === 'malformed') return this.#fail(socket, new Error('the Redis server does not speak RESP'))
      this.#received = this.#received.subarray(read.bytes)
      const waiting = this.#waiting.shift()
      if (!waiting) return this.#fail(socket, new Error('the Redis server answered what nobody asked'))
      clearTimeout(waiting.timer)
      if (read.reply instanceof Error) waiting.reject(read.reply)
      else waiting.resolve(read.reply)
    }
  }

  /** Gives a connection up: the order of answers could not be trusted any more. */
  #fail(socket: Socket, error: Error): void {
    socket.destroy()
    if (socket !== this.#socket) return
    this.#socket = undefined
    this.#received = Buffer.alloc(0)
    for (const { reject, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer)
      reject(error)
    }
  }
}

/** The first reply in the bytes, and how many it takes; `incomplete` when it is not all there, `malformed` when it never will be. */
export function readReply(bytes: Buffer, depth = 0): ReplyRead {
  const end = bytes.indexOf('\r\n')
  if (end < 0) return 'incomplete'
  const start = end + 2
  const line = bytes.toString('latin1', 1, end)
  const type = bytes.toString('latin1', 0, 1)
  if (type === '+') return { reply: line, bytes: start }
  if (type === '-') return { reply: new Error(line), bytes: start }
  if (!/^-?\d{1,15}$/.test(line)) return 'malformed'
  const number = Number(line)
  if (type === ':') return { reply: number, bytes: start }
  if (type === '$') return number < 0 ? { reply: null, bytes: start } : readText(bytes, start, start + number)
  if (type !== '*' || depth === MAX_DEPTH) return 'malformed'
  return number < 0 ? { reply: null, bytes: start } : readSeveral(bytes, start, number, depth + 1)
}

function readText(bytes: Buffer, start: number, end: number): ReplyRead {
  if (bytes.byteLength < end + 2) return 'incomplete'
  return bytes.toString('latin1', end, end + 2) === '\r\n' ? { reply: Buffer.from(bytes.subarray(start, end)), bytes: end + 2 } : 'malformed'
}

/** Several replies as one; an error among them is the error of the whole, which ends where it would have ended without. */
function readSeveral(bytes: Buffer, start: number, count: number, depth: number): ReplyRead {
  const replies: Reply[] = []
  let failure: Error | undefined
  let at = start
  for (let i = 0; i < count; i++) {
    const read = readReply(bytes.subarray(at), depth)
    if (typeof read === 'string') return read
    if (read.reply instanceof Error) failure ??= read.reply
    else replies.push(read.reply)
    at += read.bytes
  }
  return { reply: failure ?? replies, bytes: at }
}
