// A victim: an origin whose parser forgives what RFC 9112 forbids, so that a smuggled request would be served.
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

/** How the victim reads framing. Each is a way that real servers have read it. */
export interface Leniency {
  /** Which field counts when there are both. */
  readonly prefers: 'content-length' | 'transfer-encoding'
  /** Which of several lengths counts. */
  readonly length: 'first' | 'last'
  /** What a length is that begins with a zero. */
  readonly zero: 'decimal' | 'octal'
  /** What it takes for chunked: only `chunked` itself, or anything that has the word in it, name and value trimmed of anything. */
  readonly coding: 'exact' | 'contains'
}

export interface LenientOrigin {
  readonly port: number
  readonly url: string
  /** Targets of all requests it believes to have got. Each is answered with its target. */
  readonly targets: string[]
  leniency: Leniency
  close(): Promise<void>
}

/** Starts a victim. It takes bare LF for a line end, folds lines, and lets spaces stand before a colon. */
export async function startLenientOrigin(): Promise<LenientOrigin> {
  const targets: string[] = []
  const sockets = new Set<Socket>()
  const origin: LenientOrigin = {
    port: 0,
    url: '',
    targets,
    leniency: { prefers: 'content-length', length: 'first', zero: 'decimal', coding: 'exact' },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    let buffer = ''
    socket.on('data', (chunk: Buffer) => {
      buffer += chunk.toString('latin1')
      for (;;) {
        const taken = takeRequest(buffer, origin.leniency)
        if (!taken) return
        buffer = taken.rest
        targets.push(taken.target)
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${taken.target.length}\r\n\r\n${taken.target}`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return Object.assign(origin, { port, url: `http://127.0.0.1:${port}` })
}

function takeRequest(text: string, leniency: Leniency): { target: string; rest: string } | undefined {
  const end = /\r?\n\r?\n/.exec(text)
  if (!end) return undefined
  const [line = '', ...lines] = text.slice(0, end.index).replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const rest = text.slice(end.index + end[0].length)
  const values = (name: string): string[] => lines.filter((field) => field.split(':', 1)[0]!.trim().toLowerCase().replaceAll('_', '-') === name).map((field) => field.slice(field.indexOf(':') + 1).trim())
  const lengths = values('content-length').flatMap((value) => value.split(',')).map((value) => parseInt(value, leniency.zero === 'octal' && value.trim().startsWith('0') ? 8 : 10))
  const length = leniency.length === 'first' ? lengths[0] : lengths.at(-1)
  const codings = values('transfer-encoding')
  const chunked = codings.some((value) => (leniency.coding === 'exact' ? value === 'chunked' : /chunked/i.test(value)))
  const byLength = length !== undefined && (leniency.prefers === 'content-length' || !chunked)
  const target = line.split(/\s+/)[1] ?? ''
  if (byLength) return rest.length < length ? undefined : { target, rest: rest.slice(length) }
  if (!chunked) return { target, rest }
  const last = /(?:^|\n)0+(?:;[^\n]*)?\r?\n(?:[^\r\n]+\r?\n)*\r?\n/.exec(rest)
  return last ? { target, rest: rest.slice(last.index + last[0].length) } : undefined
}
