// Streams: what moves passes at once, what stalls is ended, what breaks on one side breaks on the other, and none of it is kept.
import { expect } from 'vitest'
import type { Config } from '../../src/index.js'
import { download, openFiles, openFilesFallTo, peakMiB, residentMiB, standstill, startFloodOrigin, stuckDownload, stuckUpload, upload } from '../support/flood.js'
import { head, RawConnection, values } from '../support/raw-client.js'
import { answerText, type RawOrigin, type SeenRequest } from '../support/raw-origin.js'
import { type Bench, type Case, type Launch, runCases, type Skips } from './bench.js'

const MIB = 1024 * 1024
/** The size of the bodies that are to pass through a memory smaller than they are. `LARGE_BODY_MIB=4096` measures four gigabytes. */
const LARGE_BODY_MIB = Number(process.env['LARGE_BODY_MIB'] ?? 256)
const EVENT_STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

/** The shortest and the median of some durations. What the gateway has to wait for shows in the shortest, whatever else the machine is busy with. */
async function durations(count: number, once: () => Promise<number>): Promise<{ shortestMs: number; medianMs: number }> {
  const all: number[] = []
  for (let i = 0; i < count; i++) all.push(await once())
  all.sort((a, b) => a - b)
  return { shortestMs: all[0]!, medianMs: all[count >> 1]! }
}

/** Asks, and gives the client's side and the origin's. */
async function opened({ port, origin }: Pick<Bench, 'port' | 'origin'>, request: string): Promise<{ connection: RawConnection; request: SeenRequest }> {
  const reached = origin.next()
  const connection = await RawConnection.open(port)
  connection.send(request)
  return { connection, request: await reached }
}

const CASES = {
  'the head of a stream and each event pass at once, whatever encodings the client takes': async (bench) => {
    bench.on('/events', (request) => void request.socket.write(`${EVENT_STREAM}${chunk(': hello\n\n')}`))
    for (const accepted of ['', 'identity', 'gzip', 'br', 'zstd', 'gzip, deflate, br, zstd', '*']) {
      const { connection, request } = await opened(bench, head('GET /events', ...(accepted === '' ? [] : [`Accept-Encoding: ${accepted}`])))
      const answer = await connection.head()
      expect([accepted, answer?.status, values(answer!, 'content-type'), values(answer!, 'content-encoding')]).toEqual([accepted, 200, ['text/event-stream'], []])
      for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
        request.socket.write(chunk(event))
        expect(await connection.until(event)).toBe(true)
      }
      connection.close()
    }
  },

  'an event is under way for no more than moments': async (bench, { annotate }) => {
    bench.on('/ticks', (request) => void request.socket.write(`${EVENT_STREAM}${chunk(': hello\n\n')}`))
    const { connection, request } = await opened(bench, head('GET /ticks'))
    let count = 0
    const { shortestMs, medianMs } = await durations(20, async () => {
      const event = `data: ${++count}\n\n`
      const sentMs = performance.now()
      request.socket.write(chunk(event))
      await connection.until(event)
      return performance.now() - sentMs
    })
    connection.close()
    await annotate(`median ${medianMs.toFixed(1)} ms`)
    expect(shortestMs).toBeLessThan(50)
  },

  'silence that is longer than an idle connection may last ends no stream': async (bench) => {
    const { port } = await bench.launch({ listen: { keepAlive: '1s' }, upstreams: { app: { targets: [bench.origin.url] } }, routes: [{ upstream: 'app' }] })
    const quiet = { port, origin: bench.origin }
    bench.on('/quiet-head', () => {})
    bench.on('/quiet-body', (request) => void request.socket.write(`${EVENT_STREAM}${chunk('data: 1\n\n')}`))
    const before = await opened(quiet, head('GET /quiet-head'))
    const within = await opened(quiet, head('GET /quiet-body'))
    await within.connection.until('data: 1')
    // Bun counts in steps of 4 s, so that 5 s may last 9.
    await new Promise((resolve) => setTimeout(resolve, 10_500))
    before.request.socket.write(answerText('200 OK', [], 'late'))
    within.request.socket.write(chunk('data: 2\n\n'))
    expect((await before.connection.answer()).body.toString()).toBe('late')
    expect(await within.connection.until('data: 2')).toBe(true)
    within.connection.close()
    before.connection.close()
  },

  'a client that leaves before the answer takes the upstream request with it at once': async (bench, { annotate }) => {
    bench.on('/leave-early', () => {})
    const { shortestMs, medianMs } = await durations(11, async () => {
      const { connection, request } = await opened(bench, head('GET /leave-early'))
      return untilClosed(request, () => void connection.socket.resetAndDestroy())
    })
    await annotate(`median ${medianMs.toFixed(1)} ms`)
    expect(shortestMs).toBeLessThan(100)
  },

  'a client that leaves during the answer takes the upstream request with it at once': async (bench, { annotate }) => {
    bench.on('/leave-late', (request) => void request.socket.write(`${EVENT_STREAM}${chunk('data: 1\n\n')}`))
    const { shortestMs, medianMs } = await durations(11, async () => {
      const { connection, request } = await opened(bench, head('GET /leave-late'))
      await connection.until('data: 1')
      return untilClosed(request, () => void connection.socket.resetAndDestroy())
    })
    await annotate(`median ${medianMs.toFixed(1)} ms`)
    expect(shortestMs).toBeLessThan(100)
  },

  'a client that hangs up properly is followed just the same': async (bench, { annotate }) => {
    bench.on('/hang-up', (request) => void request.socket.write(`${EVENT_STREAM}${chunk('data: 1\n\n')}`))
    const { shortestMs, medianMs } = await durations(11, async () => {
      const { connection, request } = await opened(bench, head('GET /hang-up'))
      await connection.until('data: 1')
      return untilClosed(request, () => void connection.socket.destroy())
    })
    await annotate(`median ${medianMs.toFixed(1)} ms`)
    expect(shortestMs).toBeLessThan(100)
  },

  'hundreds of streams that clients leave keep no connection open': async (bench) => {
    const pid = bench.gateway.process.pid!
    bench.on('/left-early', () => {})
    bench.on('/left-late', (request) => void request.socket.write(`${EVENT_STREAM}${chunk('data: 1\n\n')}`))
    const leave = async (path: string): Promise<void> => {
      const connection = await RawConnection.open(bench.port)
      connection.send(head(`GET ${path}`))
      if (path === '/left-late') await connection.until('data: 1')
      else await bench.origin.next()
      connection.socket.resetAndDestroy()
    }
    const wave = (): Promise<unknown> => Promise.all(Array.from({ length: 50 }, (_, i) => leave(i % 2 === 0 ? '/left-early' : '/left-late')))
    await wave()
    await Promise.all([...bench.seen('/left-early'), ...bench.seen('/left-late')].map(({ closed }) => closed))
    const before = openFiles(pid)
    for (let i = 0; i < 6; i++) await wave()
    await Promise.all([...bench.seen('/left-early'), ...bench.seen('/left-late')].map(({ closed }) => closed))
    await openFilesFallTo(pid, before + 5)
  },

  'an origin that breaks off takes the client\'s connection with it at once': async (bench, { annotate }) => {
    bench.on('/break', (request) => void request.socket.write(`${EVENT_STREAM}${chunk('data: 1\n\n')}`))
    const { shortestMs, medianMs } = await durations(11, async () => {
      const { connection, request } = await opened(bench, head('GET /break'))
      await connection.until('data: 1')
      const brokenMs = performance.now()
      request.socket.resetAndDestroy()
      await connection.closed()
      expect(connection.unread.toString('latin1')).not.toContain('\r\n0\r\n')
      return performance.now() - brokenMs
    })
    await annotate(`median ${medianMs.toFixed(1)} ms`)
    expect(shortestMs).toBeLessThan(100)
  },

  'an upload that is slow but moves is never ended': async ({ launch, on, origin }) => {
    on('/slow-upload', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    const { port } = await launch(limited(origin, { idle: '1s', headers: '1s' }))
    for (const framing of ['Content-Length: 12', 'Transfer-Encoding: chunked']) {
      const connection = await RawConnection.open(port)
      connection.send(head('POST /slow-upload', framing))
      for (const piece of ['one,', 'two,', 'tri,']) {
        await new Promise((resolve) => setTimeout(resolve, 600))
        connection.send(framing.startsWith('C') ? piece : chunk(piece))
      }
      if (!framing.startsWith('C')) connection.send('0\r\n\r\n')
      const answer = await connection.answer('POST')
      expect([framing, answer.status, answer.body.toString()]).toEqual([framing, 200, 'one,two,tri,'])
      connection.close()
    }
  },

  'an upload that the client stalls is ended by the idle limit, on both sides': async ({ launch, on, origin }) => {
    on('/stalled-upload', async (request) => void (await request.body()))
    const { port } = await launch(limited(origin, { idle: '500ms' }))
    const { connection, request } = await opened({ port, origin }, `${head('POST /stalled-upload', 'Content-Length: 100')}half`)
    const answer = await connection.answer('POST')
    expect([answer.status, answer.body.toString()]).toEqual([408, expect.stringContaining('timeout.idle')])
    await request.closed
    connection.close()
  },

  'an upload that the origin stalls is ended by the idle limit, on both sides': async ({ launch }) => {
    const flood = await startFloodOrigin()
    const { port } = await launch(limited(flood, { idle: '500ms' }))
    const socket = stuckUpload(port, 64 * MIB)
    const answer = await new Promise<string>((resolve) => socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1'))))
    expect(answer).toMatch(/^HTTP\/1\.1 504 [^]*timeout\.idle/)
    socket.destroy()
    await flood.close()
  },

  'an answer that the origin stalls is broken off by the idle limit': async ({ launch, on, origin }) => {
    on('/stalled-answer', (request) => void request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf'))
    const { port } = await launch(limited(origin, { idle: '500ms' }))
    const { connection, request } = await opened({ port, origin }, head('GET /stalled-answer'))
    expect((await connection.answer()).end).toBe('broken')
    await request.closed
  },

  'an answer that comes during an upload is relayed, and ends the upload at the origin': async (bench) => {
    bench.on('/too-large', (request) => void request.socket.write(answerText('413 Content Too Large', ['Connection: close'], 'no')))
    const { connection, request } = await opened(bench, `${head('POST /too-large', 'Content-Length: 100000000')}${'x'.repeat(1000)}`)
    const answer = await connection.answer('POST')
    expect([answer.status, answer.body.toString()]).toEqual([413, 'no'])
    await request.closed
    connection.close()
  },

  'an answer may be streamed while the upload goes on': async (bench) => {
    bench.on('/duplex', async (request) => {
      request.socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + chunk('ready'))
      request.socket.write(chunk(`got ${(await request.body()).toString()}`) + chunk('') )
    })
    const { connection } = await opened(bench, `${head('POST /duplex', 'Transfer-Encoding: chunked')}${chunk('first ')}`)
    await connection.until('ready')
    connection.send(`${chunk('second')}${chunk('')}`)
    expect(await connection.until('got first second')).toBe(true)
    connection.close()
  },

  'a body of any size passes through a memory of its own size': async ({ launch }, { annotate }) => {
    const flood = await startFloodOrigin()
    const gateway = await launch({ upstreams: { app: { targets: [flood.url] } }, routes: [{ upstream: 'app' }] })
    const pid = gateway.process.pid!
    await download(gateway.port, 32 * MIB)
    await upload(gateway.port, 32 * MIB)
    const before = residentMiB(pid)
    const [down, up] = [
      await peakMiB(pid, async () => expect(await download(gateway.port, LARGE_BODY_MIB * MIB)).toBe(LARGE_BODY_MIB * MIB)),
      await peakMiB(pid, async () => expect(await upload(gateway.port, LARGE_BODY_MIB * MIB)).toBe(LARGE_BODY_MIB * MIB)),
    ]
    await flood.close()
    await annotate(`${before.toFixed()} MiB before, ${down.toFixed()} MiB at most down, ${up.toFixed()} MiB up`)
    expect(Math.max(down, up) - before).toBeLessThan(160)
  },

  'readers that stop, on either side, leave nothing to be kept for them': async ({ launch }, { annotate }) => {
    const flood = await startFloodOrigin()
    const gateway = await launch({ upstreams: { app: { targets: [flood.url] } }, routes: [{ upstream: 'app' }] })
    const pid = gateway.process.pid!
    await download(gateway.port, 32 * MIB)
    await upload(gateway.port, 32 * MIB)
    const before = residentMiB(pid)
    const [readers, sent] = [20, flood.sent]
    const down = await Promise.all(Array.from({ length: readers }, () => stuckDownload(gateway.port, 256 * MIB)))
    const taken = (await standstill(() => flood.sent)) - sent
    const up = Array.from({ length: readers }, () => stuckUpload(gateway.port, 256 * MIB))
    const given = await standstill(() => up.reduce((sum, socket) => sum + socket.bytesWritten, 0))
    const grown = residentMiB(pid) - before
    await annotate(`${grown.toFixed()} MiB for ${2 * readers} streams; each took ${(taken / readers / MIB).toFixed()} MiB down, ${(given / readers / MIB).toFixed()} MiB up, sockets included`)
    for (const socket of [...down, ...up]) socket.destroy()
    await flood.close()
    expect([taken < readers * 64 * MIB, given < readers * 64 * MIB, grown < 256]).toEqual([true, true, true])
  },
} satisfies Record<string, Case>

const limited = (origin: Pick<RawOrigin, 'url'>, timeout: NonNullable<NonNullable<Config['upstreams']>[string]['timeout']>): Config => ({
  upstreams: { app: { targets: [origin.url], timeout, retry: { attempts: 0 } } },
  routes: [{ upstream: 'app' }],
})

async function untilClosed(request: SeenRequest, leave: () => void): Promise<number> {
  const leftMs = performance.now()
  leave()
  await request.closed
  return performance.now() - leftMs
}

/** The name of a case, for skips. */
export type StreamCase = keyof typeof CASES

/** Runs the suite; skips carry their reason. */
export function streamsContract(name: string, launch: Launch, skip: Skips<StreamCase> = {}): void {
  runCases(`${name}, streams`, launch, CASES, skip, (origin) => ({ upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] }))
}
