// Compression: each coding gives back the bytes that were sent, what trickles is on its way at once, and a client that leaves ends it all.
import { brotliDecompressSync, constants, createGunzip, gunzipSync } from 'node:zlib'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import * as zlib from 'node:zlib'
import { expect } from 'vitest'
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
        expect([values(answer, 'content-length'), values(answer, 'accept-ranges'), answer.end]).toEqual([[], [], 'complete'])
        expect(answer.body.byteLength).toBeLessThan(LARGE.byteLength / 1.8)
        const decode = DECODERS[coding]
        if (decode) expect(digestOf(decode(answer.body))).toBe(digestOf(LARGE))
        else expect(answer.body.subarray(0, 4).toString('hex')).toBe(ZSTD_MAGIC)
      }
      if (accepted === 'gzip') expect(coding).toBe('gzip')
      if (accepted === 'br' || accepted === 'zstd') expect([undefined, accepted]).toContain(coding)
    }
    expect(bench.seen('/large')).toHaveLength(1)
    const known = await ask('Accept-Encoding: gzip', 'If-None-Match: W/"v1"')
    expect([known.status, values(known, 'etag'), values(known, 'content-encoding'), known.body.byteLength]).toEqual([304, ['W/"v1"'], [], 0])
    const part = await ask('Accept-Encoding: gzip', 'Range: bytes=10-19')
    expect([part.status, values(part, 'content-encoding'), part.body.toString('latin1')]).toEqual([206, [], LARGE.subarray(10, 20).toString('latin1')])
  },

  'what needs no compressing goes as it came': async (bench) => {
    const encoded = zlib.gzipSync(LARGE)
    bench.on('/encoded', ({ socket }) => void socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${TYPE}\r\nContent-Encoding: gzip\r\nContent-Length: ${encoded.byteLength}\r\n\r\n`), encoded])))
    bench.on('/small', ({ socket }) => void socket.write(answerText('200 OK', [TYPE], 'small')))
    const connection = await RawConnection.open(bench.port)
    const relayed = await connection.send(head('GET /encoded', 'Accept-Encoding: gzip')).answer()
    expect([values(relayed, 'content-encoding'), digestOf(relayed.body)]).toEqual([['gzip'], digestOf(encoded)])
    const small = await connection.send(head('GET /small', 'Accept-Encoding: gzip')).answer()
    expect([values(small, 'content-encoding'), values(small, 'vary'), small.body.toString()]).toEqual([[], ['Accept-Encoding'], 'small'])
    connection.close()
  },

  'a body that trickles comes piece by piece, and a client that leaves takes the upstream request with it': async (bench) => {
    bench.on('/trickle', ({ socket }) => void socket.write(`HTTP/1.1 200 OK\r\n${TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n7\r\npiece 0\r\n`))
    const reached = bench.origin.next()
    const connection = await RawConnection.open(bench.port)
    connection.send(head('GET /trickle', 'Accept-Encoding: gzip'))
    const origin = await reached
    const answer = await connection.head()
    expect([answer?.status, values(answer!, 'content-encoding')]).toEqual([200, ['gzip']])
    const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
    let text = ''
    gunzip.on('data', (piece: Buffer) => {
      text += piece.toString()
    })
    for (let i = 0; i < 5; i++) {
      if (i > 0) origin.socket.write(`7\r\npiece ${i}\r\n`)
      while (!text.endsWith(`piece ${i}`)) {
        const piece = await connection.chunk()
        await new Promise<void>((resolve) => gunzip.write(piece, () => resolve()))
      }
    }
    expect(text).toBe('piece 0piece 1piece 2piece 3piece 4')
    connection.socket.resetAndDestroy()
    await origin.closed
    gunzip.destroy()
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
  runCases(`compression on ${runtime}`, launch, CASES, skip, (origin) => ({ compress: true, upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app', cache: true }] }))
}
