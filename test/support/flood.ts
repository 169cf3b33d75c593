// Bodies too large to keep: an origin and a client that make and count bytes, and the memory of the process between them.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

const PIECE = Buffer.alloc(64 * 1024, 'x')

export interface FloodOrigin {
  readonly url: string
  /** Bytes of bodies that were written for answers; the last of them may wait in buffers. */
  readonly sent: number
  /** Resolves once nobody is connected. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** Starts an origin: `GET /N` is answered with N bytes, `POST /` with the count of the bytes that came, and of `POST /hold` only the head is read. */
export async function startFloodOrigin(): Promise<FloodOrigin> {
  const sockets = new Set<Socket>()
  const waiting: (() => void)[] = []
  let sent = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) for (const wake of waiting.splice(0)) wake()
    })
    socket.on('error', () => socket.destroy())
    let left = -1
    let total = 0
    let head = ''
    socket.on('data', (chunk: Buffer) => {
      let bytes = chunk.byteLength
      if (left < 0) {
        head += chunk.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        bytes = head.length - end - 4
        const [method = '', target = ''] = head.split(' ', 2)
        total = left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
        head = ''
        if (target === '/hold') socket.pause()
        if (method === 'GET') {
          left = -1
          return pour(socket, Number(target.slice(1)), (count) => (sent += count))
        }
      }
      left -= bytes
      if (left > 0) return
      left = -1
      const body = String(total)
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get sent() {
      return sent
    },
    idle: () => new Promise((resolve) => (sockets.size === 0 ? resolve() : void waiting.push(resolve))),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Writes an answer of so many bytes, no faster than it is taken. */
function pour(socket: Socket, bytes: number, onSent: (count: number) => void): void {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${bytes}\r\n\r\n`)
  write(socket, bytes, onSent)
}

/** Writes so many bytes, no faster than they are taken. */
function write(to: Writable, bytes: number, onSent: (count: number) => void, onEnd: () => void = () => {}): void {
  let left = bytes
  const more = (): void => {
    while (left > 0 && !to.destroyed) {
      const piece = left < PIECE.byteLength ? PIECE.subarray(0, left) : PIECE
      left -= piece.byteLength
      onSent(piece.byteLength)
      if (!to.write(piece)) return void to.once('drain', more)
    }
    onEnd()
  }
  more()
}

/** Downloads so many bytes and resolves with the count of those that came, framing taken off. */
export async function download(port: number, bytes: number): Promise<number> {
  const request = httpRequest({ port, host: '127.0.0.1', path: `/${bytes}`, agent: false }).end()
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  let count = 0
  answer.on('data', (chunk: Buffer) => (count += chunk.byteLength))
  await once(answer, 'end')
  return count
}

/** A download whose client reads the head and nothing more. */
export async function stuckDownload(port: number, bytes: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.write(`GET /${bytes} HTTP/1.1\r\nHost: public.example\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  return socket
}

/** Uploads so many bytes and resolves with what the origin counted. */
export async function upload(port: number, bytes: number): Promise<number> {
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/', agent: false, headers: { 'Content-Length': bytes } })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  write(request, bytes, () => {}, () => request.end())
  const [answer] = await answered
  return Number(await text(answer))
}

/** An upload to an origin that does not read it. */
export function stuckUpload(port: number, bytes: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.write(`POST /hold HTTP/1.1\r\nHost: public.example\r\nContent-Length: ${bytes}\r\n\r\n`)
  write(socket, bytes, () => {})
  return socket
}

/** Resolves once a count stands still: nothing tells that no more will be taken but that it is not. */
export async function standstill(count: () => number): Promise<number> {
  let before = -1
  while (count() !== before) {
    before = count()
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return before
}

/** Memory of a process in use now, in MiB. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
}

/** Resolves once a process has no more files and sockets open than so many. */
export async function openFilesFallTo(pid: number, atMost: number): Promise<void> {
  while (openFiles(pid) > atMost) await new Promise((resolve) => setTimeout(resolve, 20))
}

export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Does the work and resolves with the most memory that the process had in use meanwhile, in MiB. */
export async function peakMiB(pid: number, work: () => Promise<unknown>): Promise<number> {
  let peak = residentMiB(pid)
  const sample = setInterval(() => (peak = Math.max(peak, residentMiB(pid))), 20)
  await work()
  clearInterval(sample)
  return Math.max(peak, residentMiB(pid))
}
