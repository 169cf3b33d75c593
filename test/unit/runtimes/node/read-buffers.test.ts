// Memory that is used again must never be used too early: what is read stays as it is until it is given back.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createOrigin, get, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ReadBuffers } from '../../../../runtimes/node/read-buffers.js'
import { start } from '../../../../runtimes/node/index.js'

const PIECE_BYTES = 40 * 1024
const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

/** A socket that reads into the buffers, and what sends it a piece and gives what is read of that. */
async function connected(buffers: ReadBuffers): Promise<(piece: Buffer) => Promise<Buffer>> {
  const server = createServer()
  const port = await listening(server)
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const socket = buffers.connect({ port, host: '127.0.0.1' })
  const [sender] = await accepted
  closing.unshift(() => socket.destroy(), () => sender.destroy())
  return async (piece) => {
    sender.write(piece)
    for (;;) {
      await once(socket, 'readable')
      if (socket.readableLength >= piece.byteLength) return socket.read() as Buffer
    }
  }
}

test('what is not given back stays as it is, and what is given back is read into again', async () => {
  const buffers = new ReadBuffers()
  const send = await connected(buffers)
  const sent = Array.from({ length: 6 }, () => randomBytes(PIECE_BYTES))
  const read: Buffer[] = []
  for (const piece of sent) read.push(await send(piece))
  expect(read.map((piece, i) => piece.equals(sent[i]!))).toEqual(sent.map(() => true))
  expect(new Set(read.map(({ buffer }) => buffer)).size).toBe(6)
})

test('a buffer is read into again once its last piece is given back, and not for an earlier one', async () => {
  const buffers = new ReadBuffers()
  const send = await connected(buffers)
  // As much as this comes in one read, but for a rare split.
  let first = await send(randomBytes(PIECE_BYTES))
  while (first.byteOffset !== 0 || first.buffer.byteLength === PIECE_BYTES) first = await send(randomBytes(PIECE_BYTES))
  buffers.giveBack(first.subarray(0, 1000))
  expect((await send(randomBytes(PIECE_BYTES))).buffer).not.toBe(first.buffer)
  buffers.giveBack(first.subarray(1000))
  buffers.giveBack(first)
  expect((await send(randomBytes(PIECE_BYTES))).buffer).toBe(first.buffer)
  expect((await send(randomBytes(PIECE_BYTES))).buffer).not.toBe(first.buffer)
})

/** Begins to read once it may. */
async function digestOf(port: number, path: string, mayRead: Promise<unknown>): Promise<string> {
  const [answer] = (await once(get({ port, host: '127.0.0.1', path, agent: false }), 'response')) as [IncomingMessage]
  answer.pause()
  await mayRead
  const hash = createHash('sha256')
  answer.on('data', (bytes: Buffer) => hash.update(bytes))
  await once(answer.resume(), 'end')
  return hash.digest('hex')
}

test('bodies beside one another arrive as they were sent, also to clients that the others overtake', async () => {
  // More than the kernel takes for a client that does not read.
  const bodies = Array.from({ length: 6 }, () => randomBytes(16 * 1024 * 1024))
  const origin = createOrigin((request, response) => {
    const body = bodies[Number(request.url!.slice(2))]!
    if (!request.url!.startsWith('/c')) return response.setHeader('Content-Length', body.byteLength).end(body)
    for (let at = 0; at < body.byteLength; at += 90_011) response.write(body.subarray(at, at + 90_011))
    response.end()
  })
  const originPort = await listening(origin)
  const gateway = await start({ upstreams: { app: { targets: [`http://127.0.0.1:${originPort}`] } }, routes: [{ path: '/*', upstream: 'app' }], listen: { host: '127.0.0.1', port: 0 } })
  closing.unshift(() => gateway.close())
  const { port } = gateway.listeners[0]!
  for (const kind of ['l', 'c']) {
    const quick = Promise.all([0, 1, 2].map((i) => digestOf(port, `/${kind}${i}`, Promise.resolve())))
    const slow = Promise.all([3, 4, 5].map((i) => digestOf(port, `/${kind}${i}`, quick)))
    expect([...(await quick), ...(await slow)]).toEqual(bodies.map((body) => createHash('sha256').update(body).digest('hex')))
  }
})
