// An HTTP/1.1 client that sends the bytes it is given and reports the bytes it gets.
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'

/** One answer as it came. */
export interface RawAnswer {
  readonly status: number
  readonly reason: string
  /** Field lines in order, names as sent. */
  readonly fields: readonly (readonly [string, string])[]
  /** Body with its framing taken off. */
  readonly body: Buffer
  /** How the body ended: as its framing said, or by the connection breaking before that. */
  readonly end: 'complete' | 'broken'
}

/** The values of a field. */
export function values(answer: Pick<RawAnswer, 'fields'>, name: string): string[] {
  return answer.fields.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value)
}

/** A connection with a reader of its own. */
export class RawConnection {
  readonly socket: Socket
  #buffer: Buffer = Buffer.alloc(0)
  #ended = false
  #waiting: (() => void) | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#wake()
    })
    const end = (): void => {
      this.#ended = true
      this.#wake()
    }
    socket.on('end', end)
    socket.on('close', end)
    socket.on('error', end)
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  static async secure(port: number, options: ConnectionOptions): Promise<RawConnection> {
    const socket = connectTls({ host: '127.0.0.1', port, ...options })
    await once(socket, 'secureConnect')
    return new RawConnection(socket)
  }

  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    return this
  }

  /** Bytes that came and were not read as part of an answer. */
  get unread(): Buffer {
    return this.#buffer
  }

  /** Reads until the connection is closed by the other side. */
  async closed(): Promise<void> {
    while (!this.#ended) await this.#more()
  }

  /** Reads until the text has come; false when the connection ended before. */
  async until(text: string): Promise<boolean> {
    while (!this.#buffer.includes(text, 0, 'latin1')) {
      if (this.#ended) return false
      await this.#more()
    }
    return true
  }

  /** Reads the head of the next answer, leaving its body unread; undefined when the connection ends first. */
  async head(): Promise<Omit<RawAnswer, 'body' | 'end'> | undefined> {
    if (!(await this.until('\r\n\r\n'))) return undefined
    const end = this.#buffer.indexOf('\r\n\r\n')
    const [start = '', ...lines] = this.#buffer.subarray(0, end).toString('latin1').split('\r\n')
    this.#buffer = this.#buffer.subarray(end + 4)
    const [, status = '0', reason = ''] = /^HTTP\/1\.\d (\d+) ?(.*)$/.exec(start) ?? []
    const fields = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const)
    return { status: Number(status), reason, fields }
  }

  /** Reads the next final answer whole. */
  async answer(method = 'GET'): Promise<RawAnswer> {
    for (;;) {
      const head = await this.head()
      if (!head) throw new Error(`the connection ended before an answer; got ${JSON.stringify(this.#buffer.toString('latin1'))}`)
      if (head.status >= 200) return { ...head, ...(await this.#body(method, head)) }
    }
  }

  /** Reads the next chunk of a body in chunks. */
  async chunk(): Promise<Buffer> {
    if (!(await this.until('\r\n'))) throw new Error('the connection ended before a chunk')
    const line = this.#buffer.indexOf('\r\n')
    const size = parseInt(this.#buffer.subarray(0, line).toString('latin1'), 16)
    this.#buffer = this.#buffer.subarray(line + 2)
    return (await this.#take(size + 2)).subarray(0, size)
  }

  close(): void {
    this.socket.destroy()
  }

  async #body(method: string, head: Omit<RawAnswer, 'body' | 'end'>): Promise<Pick<RawAnswer, 'body' | 'end'>> {
    if (method === 'HEAD' || head.status === 204 || head.status === 304) return { body: Buffer.alloc(0), end: 'complete' }
    if (/chunked/i.test(values(head, 'transfer-encoding').join())) return this.#chunks()
    const length = values(head, 'content-length')[0]
    if (length !== undefined) {
      const body = await this.#take(Number(length))
      return { body, end: body.byteLength === Number(length) ? 'complete' : 'broken' }
    }
    await this.closed()
    return { body: await this.#take(this.#buffer.byteLength), end: 'complete' }
  }

  async #chunks(): Promise<Pick<RawAnswer, 'body' | 'end'>> {
    const chunks: Buffer[] = []
    for (;;) {
      if (!(await this.until('\r\n'))) return { body: Buffer.concat(chunks), end: 'broken' }
      const line = this.#buffer.indexOf('\r\n')
      const size = parseInt(this.#buffer.subarray(0, line).toString('latin1'), 16)
      this.#buffer = this.#buffer.subarray(line + 2)
      if (size === 0) {
        while (await this.until('\r\n')) {
          const end = this.#buffer.indexOf('\r\n')
          this.#buffer = this.#buffer.subarray(end + 2)
          if (end === 0) return { body: Buffer.concat(chunks), end: 'complete' }
        }
        return { body: Buffer.concat(chunks), end: 'broken' }
      }
      const chunk = await this.#take(size + 2)
      chunks.push(chunk.subarray(0, size))
      if (chunk.byteLength < size + 2) return { body: Buffer.concat(chunks), end: 'broken' }
    }
  }

  async #take(bytes: number): Promise<Buffer> {
    while (this.#buffer.byteLength < bytes && !this.#ended) await this.#more()
    const taken = this.#buffer.subarray(0, bytes)
    this.#buffer = this.#buffer.subarray(bytes)
    return taken
  }

  #more(): Promise<void> {
    return new Promise((resolve) => (this.#waiting = resolve))
  }

  #wake(): void {
    this.#waiting?.()
    this.#waiting = undefined
  }
}

/** Sends one request on a connection of its own and reads the answer. */
export async function ask(port: number, request: string | Buffer, method = 'GET'): Promise<RawAnswer> {
  const connection = await RawConnection.open(port)
  try {
    return await connection.send(request).answer(method)
  } finally {
    connection.close()
  }
}

/** A request head; `Host: public.example` unless fields name one. */
export function head(line: string, ...fields: string[]): string {
  const host = fields.some((field) => /^host:/i.test(field)) ? [] : ['Host: public.example']
  return [`${line} HTTP/1.1`, ...host, ...fields, '', ''].join('\r\n')
}
