// Compression: each coding gives back the bytes that were sent, what trickles is on its way at once, and a client that leaves ends it all.
import { brotliDecompressSync, constants, createBrotliDecompress, createGunzip, gunzipSync } from 'node:zlib'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { expect } from 'vitest'
import { residentMiB, standstill } from '../support/flood.js'
import { head, RawConnection, values } from '../support/raw-client.js'
import { answerText } from '../support/raw-origin.js'
import { type Case, type Launch, runCases, type Skips } from './bench.js'

/** Text whose bytes show where any are lost or doubled. */
const LARGE = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `line ${i} ${createHash('md5').update(String(i)).digest('hex').slice(0, 6)}\n`).join(''))
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const TYPE = 'Content-Type: text/plain'

/** How a body in a coding is read; zstd only by newer versions of what runs the tests. */
const DECODERS: Record<string, ((bytes: Buffer) => Buffer) | undefined> = { gzip: gunzipSync, br: brotliDecompressSync, zstd: (zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer }).zstdDecompressSync }
const ZSTD_MAGIC = '28b52ffd'
const STREAM_DECODERS: Record<string, (() => Transform) | undefined> = {
  gzip: () => createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }),
  br: () => createBrotliDecompress(),
  zstd: (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress,
}

const MIB = 1024 * 1024
/** What no coding makes smaller. */
const NOISE = randomBytes(8 * MIB)
const PIECE_BYTES = 64 * 1024
const POURED_BYTES = 256 * MIB

const CASES = {
  'each coding gives back the bytes that were sent, from a server and from the cache': async (bench) => {
    bench.on('/large', (request) => {
      const lines = ['HTTP/1.1 200 OK', TYPE, `Content-Length: ${LARGE.byteLength}`, 'ETag: "v1"', 'Accept-Ranges: bytes', 'Cache-Control: max-age=60']
      request.socket.write(`${lines.join('\r\n')}\r\n\r\n`)
      if (request.method !== 'HEAD') request.socket.write(LARGE)
    })
    const ask = async (...fields: string[]) => {
      const connection = await RawConnection.open(bench.port)
      const answer = await connection.send(head('GET /large', ...fields)).answer()
      connection.close()
      return answer
    }
    for (const accepted of ['gzip', 'br', 'zstd', 'gzip;q=0.5, br;q=0', 'identity', 'gzip;q=0, *;q=0']) {
      const answer = await ask(`Accept-Encoding: ${accepted}`)
      const [coding] = values(answer, 'content-encoding')
      expect([accepted, answer.status, values(answer, 'vary'), values(answer, 'etag')]).toEqual([accepted, 200, ['Accept-Encoding'], [coding === undefined ? '"v1"' : 'W/"v1"']])
      if (coding === undefined) expect([digestOf(answer.body), values(answer, 'content-length')]).toEqual([digestOf(LARGE), [String(LARGE.byteLength)]])
      else {
        expect(accepted).toContain(coding)
        expect([[], [String(answer.body.byteLength)]]).toContainEqual(values(answer, 'content-length'))
        expect([values(answer, 'accept-ranges'), answer.end]).toEqual([[], 'complete'])
        expect(answer.body.byteLength).toBeLessThan(LARGE.byteLength / 1.8)
        const decode = DECODERS[coding]
        if (decode) expect(digestOf(decode(answer.body))).toBe(digestOf(LARGE))
        else expect(answer.body.subarray(0, 4).toString('hex')).toBe(ZSTD_MAGIC)
      }
      if (accepted === 'gzip') expect(coding).toBe('gzip')
      if (accepted === 'br' || accepted === 'zstd') expect([undefined, accepted]).toContain(coding)
    }
    for (const coding of ['gzip', 'br', 'zstd']) {
      // By now it is stored as it was sent.
      const answer = await ask(`Accept-Encoding: ${coding}`)
      if (values(answer, 'content-encoding')[0] !== coding) continue
      expect([values(answer, 'content-length'), values(answer, 'cache-status')[0]]).toEqual([[String(answer.body.byteLength)], expect.stringContaining('hit')])
      if (DECODERS[coding]) expect(digestOf(DECODERS[coding](answer.body))).toBe(digestOf(LARGE))
    }
    expect(bench.seen('/large')).toHaveLength(1)
    const known = await ask('Accept-Encoding: gzip', 'If-None-Match: W/"v1"')
    expect([known.status, values(known, 'etag'), values(known, 'content-encoding'), known.body.byteLength]).toEqual([304, ['W/"v1"'], [], 0])
    const part = await ask('Accept-Encoding: gzip', 'Range: bytes=10-19')
    expect([part.status, values(part, 'content-encoding'), part.body.toString('latin1')]).toEqual([206, [], LARGE.subarray(10, 20).toString('latin1')])
  },

  'what needs no compressing goes as it came, with a tag by which it need not come again': async (bench) => {
    const encoded = zlib.gzipSync(LARGE)
    bench.on('/encoded', ({ socket }) => void socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${TYPE}\r\nContent-Encoding: gzip\r\nContent-Length: ${encoded.byteLength}\r\n\r\n`), encoded])))
    bench.on('/small', ({ socket }) => void socket.write(answerText('200 OK', [TYPE], 'small')))
    const connection = await RawConnection.open(bench.port)
    const relayed = await connection.send(head('GET /encoded', 'Accept-Encoding: gzip')).answer()
    expect([values(relayed, 'content-encoding'), digestOf(relayed.body)]).toEqual([['gzip'], digestOf(encoded)])
    const small = await connection.send(head('GET /small', 'Accept-Encoding: gzip')).answer()
    expect([values(small, 'content-encoding'), values(small, 'vary'), small.body.toString()]).toEqual([[], ['Accept-Encoding'], 'small'])
    const [tag = ''] = values(small, 'etag')
    expect(tag).toMatch(/^"[\w-]{22}"$/)
    const known = await connection.send(head('GET /small', `If-None-Match: "other", ${tag}`)).answer()
    expect([known.status, values(known, 'etag'), values(known, 'content-length'), known.body.byteLength]).toEqual([304, [tag], [], 0])
    connection.close()
  },

  'a body that trickles comes piece by piece, and a client that leaves takes the upstream request with it': async (bench) => {
    bench.on('/trickle', ({ socket }) => void socket.write(`HTTP/1.1 200 OK\r\n${TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n7\r\npiece 0\r\n`))
    for (const [coding, decoder] of Object.entries(STREAM_DECODERS)) {
      const reached = bench.origin.next()
      const connection = await RawConnection.open(bench.port)
      connection.send(head('GET /trickle', `Accept-Encoding: ${coding}`))
      const origin = await reached
      const answer = await connection.head()
      const isCoded = values(answer!, 'content-encoding').join() === coding
      expect([coding, answer?.status, isCoded || coding === 'zstd']).toEqual([coding, 200, true])
      const decoded = isCoded ? decoder?.() : undefined
      let text = ''
      decoded?.on('data', (piece: Buffer) => {
        text += piece.toString()
      })
      for (let i = 0; i < 5; i++) {
        if (i > 0) origin.socket.write(`7\r\npiece ${i}\r\n`)
        do {
          const piece = await connection.chunk()
          if (decoded) await new Promise<void>((resolve) => void decoded.write(piece, () => resolve()))
        } while (decoded && !text.endsWith(`piece ${i}`))
      }
      if (decoded) expect(text).toBe('piece 0piece 1piece 2piece 3piece 4')
      connection.socket.resetAndDestroy()
      await origin.closed
      decoded?.destroy()
    }
  },

  'a client that takes nothing holds its server back in each coding, and costs the gateway little memory': async (bench, { annotate }) => {
    const poured = new Map<string, number>()
    bench.on('/pour/', ({ socket, target }) => {
      socket.write(`HTTP/1.1 200 OK\r\n${TYPE}\r\nContent-Length: ${POURED_BYTES}\r\n\r\n`)
      let sent = 0
      const more = (): void => {
        while (sent < POURED_BYTES && socket.writable) {
          const at = sent % NOISE.byteLength
          poured.set(target, (sent += PIECE_BYTES))
          if (!socket.write(NOISE.subarray(at, at + PIECE_BYTES))) return void socket.once('drain', more)
        }
      }
      more()
    })
    const before = residentMiB(bench.gateway.process.pid!)
    const origins = []
    const clients = []
    for (const coding of ['gzip', 'br', 'zstd']) {
      const reached = bench.origin.next()
      const client = connect(bench.port, '127.0.0.1').on('error', () => {})
      client.write(head(`GET /pour/${coding}`, `Accept-Encoding: ${coding}`))
      origins.push(await reached)
      await once(client, 'data')
      clients.push(client.pause())
    }
    const total = await standstill(() => [...poured.values()].reduce((sum, bytes) => sum + bytes, 0))
    const grown = residentMiB(bench.gateway.process.pid!) - before
    await annotate(`${(total / 3 / MIB).toFixed()} MiB taken for each, sockets included; ${grown.toFixed()} MiB more in memory`)
    for (const client of clients) client.destroy()
    for (const { closed } of origins) await closed
    expect([total < 3 * 40 * MIB, grown < 128]).toEqual([true, true])
  },

  'an answer that breaks off is broken off, not ended': async (bench) => {
    bench.on('/broken', ({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\n${TYPE}\r\nContent-Length: ${LARGE.byteLength}\r\n\r\n`)
      socket.write(LARGE.subarray(0, 300_000), () => void socket.destroy())
    })
    const connection = await RawConnection.open(bench.port)
    const { end } = await connection.send(head('GET /broken', 'Accept-Encoding: gzip')).answer()
    expect(end).toBe('broken')
    if (!connection.socket.closed) await once(connection.socket, 'close')
  },
} satisfies Record<string, Case>

/** Runs the cases on one runtime. */
export function compressionContract(runtime: string, launch: Launch, skip: Skips<keyof typeof CASES> = {}): void {
  runCases(`compression on ${runtime}`, launch, CASES, skip, (origin) => ({ compress: true, etag: true, upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app', cache: true }] }))
}
