// Clients that are slow, or idle, or greedy on purpose: each is ended by a limit, and the others are served meanwhile.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { expect } from 'vitest'
import type { Config } from '../../src/index.js'
import { residentMiB, startFloodOrigin, stuckDownload, stuckUpload } from '../support/flood.js'
import { ask, head, RawConnection } from '../support/raw-client.js'
import { answerText } from '../support/raw-origin.js'
import { type Bench, type Case, type Launch, OK, runCases, type Skips } from './bench.js'

const MIB = 1024 * 1024

/** Sends a text in pieces, one after each pause; stops when the connection ends. */
async function drip(connection: RawConnection, pieces: Iterable<string>, pauseMs: number): Promise<void> {
  for (const piece of pieces) {
    if (connection.socket.destroyed || connection.socket.readableEnded) return
    connection.send(piece)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

function* forever(piece: string): Iterable<string> {
  for (;;) yield piece
}

/** Others are served: `/other` must be answered, and in good time on the slowest machine. */
async function othersAreServed({ port, on }: Pick<Bench, 'port' | 'on'>): Promise<void> {
  on('/other', OK)
  const startedMs = performance.now()
  expect((await ask(port, head('GET /other'))).status).toBe(200)
  expect(performance.now() - startedMs).toBeLessThan(5000)
}

/** The limits on clients, of those there are, that a runtime's listener can be given. */
export type Limits = Partial<Record<'headers' | 'keepAlive' | 'idle', string>>

const cases = (limits: Limits) => ({
  'a head that comes a byte at a time is served': async ({ port, on }) => {
    on('/dripped', OK)
    const connection = await RawConnection.open(port)
    await drip(connection, head('GET /dripped', 'X: 1'), 2)
    expect((await connection.answer()).status).toBe(200)
    connection.close()
  },

  'a head that drips without an end is ended': async (bench) => {
    const { port } = await bench.launch({ ...before(bench), listen: limits })
    const connection = await RawConnection.open(port)
    connection.send('GET / HTTP/1.1\r\nHost: public.example\r\n')
    const dripped = drip(connection, forever('X: 1\r\n'), 200)
    await othersAreServed({ ...bench, port })
    await connection.closed()
    expect(connection.unread.toString('latin1')).toMatch(/^(HTTP\/1\.1 408 |$)/)
    connection.close()
    await dripped
  },

  'connections on which nothing is asked, many of them, are ended': async (bench) => {
    const { port } = await bench.launch({ ...before(bench), listen: limits })
    const idle = await Promise.all(Array.from({ length: 500 }, () => RawConnection.open(port)))
    await othersAreServed({ ...bench, port })
    await Promise.all(idle.map((connection) => connection.closed()))
  },

  'more connections than the process may open do not end it, and others are served once they are gone': async (bench) => {
    const { port, process: gateway } = await bench.launch(before(bench))
    await othersAreServed({ ...bench, port })
    const { pid } = gateway
    const limit = readdirSync(`/proc/${pid}/fd`).length + 20
    execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${limit}:${limit}`])
    const many = await Promise.all(Array.from({ length: 60 }, () => RawConnection.open(port).catch(() => undefined)))
    // Connections are taken in one after another: when the last has had an answer, or none, the limit has been met.
    await Promise.race([many.at(-1)?.send(head('GET /other')).closed(), new Promise((resolve) => setTimeout(resolve, 500))])
    for (const connection of many) connection?.close()
    for (;;) {
      const served = await Promise.race([ask(port, head('GET /other')).then(({ status }) => status === 200, () => false), new Promise<false>((resolve) => setTimeout(() => resolve(false), 500))])
      if (served) break
      expect(gateway.exitCode).toBeNull()
    }
  },

  'an upload that stalls is answered with 408, and its connection closed': async (bench) => {
    const { port } = await bench.launch({ ...before(bench, '500ms'), listen: limits })
    bench.on('/stalls', async (request) => void (await request.body()))
    const reached = bench.origin.next()
    const connection = await RawConnection.open(port)
    connection.send(`${head('POST /stalls', 'Content-Length: 100')}half`)
    await othersAreServed({ ...bench, port })
    expect((await connection.answer('POST')).status).toBe(408)
    await (await reached).closed
    await connection.closed()
  },

  'an upload that drips for ever is ended by the deadline of its route': async (bench) => {
    const { port } = await bench.launch({ ...before(bench, '500ms', '1500ms'), listen: limits })
    bench.on('/drips', async (request) => void (await request.body()))
    const reached = bench.origin.next()
    const connection = await RawConnection.open(port)
    connection.send(head('POST /drips', 'Content-Length: 100000'))
    const dripped = drip(connection, forever('x'), 100)
    await othersAreServed({ ...bench, port })
    const startedMs = performance.now()
    const answer = await connection.answer('POST')
    expect([answer.status, answer.body.toString()]).toEqual([504, expect.stringContaining('deadline')])
    await (await reached).closed
    expect(performance.now() - startedMs).toBeGreaterThan(500)
    connection.close()
    await dripped
  },

  'a client that reads a byte at a time is served, and kept nobody waiting': async (bench) => {
    const { port } = await bench.launch({ ...before(bench, '500ms'), listen: limits })
    const body = 'x'.repeat(300)
    bench.on('/sips', (request) => void request.socket.write(answerText('200 OK', ['Content-Type: text/plain'], body)))
    const socket = connect(port, '127.0.0.1')
    socket.write(head('GET /sips', 'Connection: close'))
    let text = ''
    const sip = async (): Promise<void> => {
      while (!socket.readableEnded) {
        await once(socket, 'readable').catch(() => {})
        for (let byte = socket.read(1) as Buffer | null; byte; byte = socket.read(1) as Buffer | null) text += byte.toString('latin1')
      }
    }
    await Promise.all([sip(), othersAreServed({ ...bench, port })])
    expect(text).toContain(body)
  },

  'a client that takes nothing of its answer is ended, and the upstream request with it': async (bench) => {
    const flood = await startFloodOrigin()
    const gateway = await bench.launch({ ...before({ origin: flood }, '1s'), listen: limits })
    const readers = await Promise.all(Array.from({ length: 10 }, () => stuckDownload(gateway.port, 256 * MIB)))
    await flood.idle()
    for (const socket of readers) {
      // Only what is in the way already still comes.
      await new Promise((resolve) => socket.resume().once('close', resolve))
      expect(socket.bytesRead).toBeLessThan(256 * MIB)
    }
    await flood.close()
  },

  'an origin that takes nothing of an upload is not held against the client': async (bench) => {
    const flood = await startFloodOrigin()
    const { port } = await bench.launch({ ...before({ origin: flood }, '3s'), listen: limits })
    const socket = stuckUpload(port, 64 * MIB)
    expect(await firstLine(socket)).toContain(' 504 ')
    socket.destroy()
    await flood.close()
  },

  'requests sent ahead are answered in turn': async ({ port, on }) => {
    on('/ahead/', (request) => void request.socket.write(answerText('200 OK', [], request.target)))
    const connection = await RawConnection.open(port)
    const targets = Array.from({ length: 32 }, (_, i) => `/ahead/${i}`)
    connection.send(targets.map((target) => head(`GET ${target}`)).join(''))
    for (const target of targets) expect((await connection.answer()).body.toString()).toBe(target)
    connection.close()
  },

  'requests sent ahead without end are not taken in without end': async (bench) => {
    bench.on('/never', () => {})
    const { port, gateway } = bench
    const beforeMiB = residentMiB(gateway.process.pid!)
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write(head('GET /never'))
    const piece = Buffer.from(head('GET /ahead').repeat(1000))
    let sent = 0
    const send = (): void => {
      while (!socket.destroyed && sent < 100 * MIB) {
        sent += piece.byteLength
        if (!socket.write(piece)) return void socket.once('drain', send)
      }
    }
    send()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const full = new Promise((resolve) => setTimeout(resolve, 2000))
    await Promise.race([closed, full])
    await othersAreServed(bench)
    expect(residentMiB(gateway.process.pid!) - beforeMiB).toBeLessThan(64)
    socket.destroy()
  },
}) satisfies Record<string, Case>

const before = ({ origin }: { readonly origin: { readonly url: string } }, idle = '5m', deadline?: string): Config => ({
  upstreams: { app: { targets: [origin.url], timeout: { idle }, retry: { attempts: 0 } } },
  routes: [{ path: '/other', upstream: 'app' }, { path: '/*', upstream: 'app', ...(deadline === undefined ? {} : { deadline }) }],
})

async function firstLine(socket: Socket): Promise<string> {
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  return bytes.toString('latin1').split('\r\n', 1)[0]!
}

/** The name of a case, for skips. */
export type SlowClientCase = keyof ReturnType<typeof cases>

/** Runs the suite with the limits that the runtime's listener can be given; skips carry their reason. */
export function slowClientsContract(name: string, launch: Launch, limits: Limits, skip: Skips<SlowClientCase> = {}): void {
  runCases(`${name}, slow clients`, launch, cases(limits), skip, (origin) => before({ origin }))
}
