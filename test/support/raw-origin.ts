// An origin on a bare TCP socket: it shows each request as the bytes that came, and answers with the bytes it is given.
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** One request as it reached the origin. */
export interface SeenRequest {
  readonly method: string
  readonly target: string
  /** Field lines in order, names as sent. */
  readonly fields: readonly (readonly [string, string])[]
  /** Head as it came. */
  readonly head: string
  readonly socket: Socket
  /** The body once it is complete, with its framing taken off; rejects when the connection breaks before. */
  body(): Promise<Buffer>
  /** Resolves with the bytes of the body that have come as soon as there are at least so many. */
  bodyBytes(atLeast: number): Promise<Buffer>
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
}

export type Responder = (request: SeenRequest) => void | Promise<void>

export interface RawOrigin {
  readonly port: number
  readonly url: string
  /** Every request that came, oldest first. */
  readonly seen: readonly SeenRequest[]
  /** The next request that will come. */
  next(): Promise<SeenRequest>
  close(): Promise<void>
}

/** Starts an origin. Requests on one connection are answered one after another. With `tls` it speaks that. */
export async function startRawOrigin(respond: Responder, { host = '127.0.0.1', port: wanted = 0, tls }: { host?: string; port?: number; tls?: TlsOptions } = {}): Promise<RawOrigin> {
  const seen: SeenRequest[] = []
  const waiting: ((request: SeenRequest) => void)[] = []
  const sockets = new Set<Socket>()
  const accept = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    void serve(socket, async (request) => {
      seen.push(request)
      for (const wake of waiting.splice(0)) wake(request)
      await respond(request)
    })
  }
  const server = tls ? createTlsServer(tls, accept) : createServer(accept)
  server.listen(wanted, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${tls ? 'https' : 'http'}://${host}:${port}`,
    seen,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The connection ended inside a request body. */
class BrokenBody extends Error {}

async function serve(socket: Socket, respond: (request: SeenRequest) => Promise<void>): Promise<void> {
  let buffer: Buffer = Buffer.alloc(0)
  let ended = false
  // The whole body and a part of it may be waited for at the same time.
  const sleepers: (() => void)[] = []
  const wake = (): void => sleepers.splice(0).forEach((resolve) => resolve())
  const more = (): Promise<void> => new Promise((resolve) => void sleepers.push(resolve))
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    wake()
  })
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      ended = true
      wake()
      resolve()
    })
  })
  const until = async (ready: () => boolean): Promise<boolean> => {
    while (!ready()) {
      if (ended) return false
      await more()
    }
    return true
  }
  for (;;) {
    if (!(await until(() => buffer.includes('\r\n\r\n')))) return
    const end = buffer.indexOf('\r\n\r\n')
    const head = buffer.subarray(0, end).toString('latin1')
    buffer = buffer.subarray(end + 4)
    const [line = '', ...lines] = head.split('\r\n')
    const [method = '', target = ''] = line.split(' ')
    const fields = lines.map((text) => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1).trim()] as const)
    const value = (name: string): string | undefined => fields.find(([field]) => field.toLowerCase() === name)?.[1]
    const chunked = /chunked/i.test(value('transfer-encoding') ?? '')
    const length = Number(value('content-length') ?? 0)
    let taken: Promise<Buffer> | undefined
    const take = async (): Promise<Buffer> => {
      if (!chunked) {
        if (!(await until(() => buffer.byteLength >= length))) throw new BrokenBody('the request body broke off')
        const body = buffer.subarray(0, length)
        buffer = buffer.subarray(length)
        return body
      }
      if (!(await until(() => dechunk(buffer) !== undefined))) throw new BrokenBody('the request body broke off')
      const { body, rest } = dechunk(buffer)!
      buffer = rest
      return body
    }
    const request: SeenRequest = {
      method,
      target,
      fields,
      head,
      socket,
      closed,
      body: () => (taken ??= take()),
      bodyBytes: async (atLeast) => {
        await until(() => partial(buffer, chunked).byteLength >= atLeast)
        return partial(buffer, chunked)
      },
    }
    try {
      await respond(request)
      // What is left of a request that was broken off is no request of its own.
      if (socket.destroyed) return
      // A responder that left the body alone has it taken here, so that the next request is found behind it.
      await request.body()
    } catch (error) {
      if (error instanceof BrokenBody) return
      throw error
    }
  }
}

/** The whole of a chunked body and what follows it, or undefined while it is not complete. */
function dechunk(buffer: Buffer): { body: Buffer; rest: Buffer } | undefined {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const line = buffer.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = parseInt(buffer.subarray(at, line).toString('latin1'), 16)
    at = line + 2
    if (size === 0) {
      const end = buffer.indexOf('\r\n', at)
      return end < 0 ? undefined : { body: Buffer.concat(chunks), rest: buffer.subarray(end + 2) }
    }
    if (buffer.byteLength < at + size + 2) return undefined
    chunks.push(buffer.subarray(at, at + size))
    at += size + 2
  }
}

/** The part of a body that has come. */
function partial(buffer: Buffer, chunked: boolean): Buffer {
  if (!chunked) return buffer
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const line = buffer.indexOf('\r\n', at)
    const size = line < 0 ? 0 : parseInt(buffer.subarray(at, line).toString('latin1'), 16)
    if (size === 0) return Buffer.concat(chunks)
    chunks.push(buffer.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}

/** An answer as text: status line, fields, body. `Content-Length` is added unless the fields have framing of their own. */
export function answerText(status: string, fields: readonly string[], body: string | Buffer = ''): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
  const framed = fields.some((field) => /^(content-length|transfer-encoding):/i.test(field)) || /^(1\d\d|204|304)/.test(status)
  const lines = [`HTTP/1.1 ${status}`, ...fields, ...(framed ? [] : [`Content-Length: ${bytes.byteLength}`]), '', '']
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), bytes])
}
