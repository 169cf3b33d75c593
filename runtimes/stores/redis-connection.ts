// One connection to a Redis server: commands go out as they come, answers are matched in order (RESP 2). It is opened when it is needed, and again after it broke.
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** What a server answers: a status or a number, bytes, nothing, or several of these. */
export type Reply = string | number | Buffer | null | Reply[]

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
  readonly timer: ReturnType<typeof setTimeout>
}

/** A cache that takes longer than this is worse than none. */
const TIMEOUT_MS = 1000
const DEFAULT_PORT = 6379

export class RedisConnection {
  readonly #url: URL
  #socket: Socket | undefined
  #waiting: Waiting[] = []
  #received: Buffer = Buffer.alloc(0)

  constructor(url: string) {
    this.#url = new URL(url)
  }

  /** Rejects with the server's error, or when there is no answer in time. */
  send(...command: (string | Buffer)[]): Promise<Reply> {
    const socket = (this.#socket ??= this.#open())
    return this.#write(socket, command)
  }

  #write(socket: Socket, command: readonly (string | Buffer)[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(socket, new Error('the cache server did not answer in time')), TIMEOUT_MS)
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
    socket.on('close', () => this.#fail(socket, new Error('the cache server closed the connection')))
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
      if (!read) return
      this.#received = this.#received.subarray(read.bytes)
      const waiting = this.#waiting.shift()
      if (!waiting) return this.#fail(socket, new Error('the cache server answered what nobody asked'))
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

/** The first reply in the bytes, and how many it takes; undefined when it is not all there. */
export function readReply(bytes: Buffer): { readonly reply: Reply | Error; readonly bytes: number } | undefined {
  const end = bytes.indexOf('\r\n')
  if (end < 0) return undefined
  const line = bytes.toString('latin1', 1, end)
  switch (bytes.toString('latin1', 0, 1)) {
    case '+':
      return { reply: line, bytes: end + 2 }
    case '-':
      return { reply: new Error(line), bytes: end + 2 }
    case ':':
      return { reply: Number(line), bytes: end + 2 }
    case '$': {
      const length = Number(line)
      if (length < 0) return { reply: null, bytes: end + 2 }
      const next = end + 2 + length
      return bytes.byteLength < next + 2 ? undefined : { reply: Buffer.from(bytes.subarray(end + 2, next)), bytes: next + 2 }
    }
    case '*': {
      const count = Number(line)
      if (count < 0) return { reply: null, bytes: end + 2 }
      return readSeveral(bytes, end + 2, count)
    }
    default:
      return { reply: new Error('the cache server does not speak RESP'), bytes: bytes.byteLength }
  }
}

function readSeveral(bytes: Buffer, start: number, count: number): { readonly reply: Reply | Error; readonly bytes: number } | undefined {
  const replies: Reply[] = []
  let at = start
  while (replies.length < count) {
    const read = readReply(bytes.subarray(at))
    if (!read) return undefined
    if (read.reply instanceof Error) return { ...read, bytes: at + read.bytes }
    replies.push(read.reply)
    at += read.bytes
  }
  return { reply: replies, bytes: at }
}
