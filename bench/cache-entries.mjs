// What the entries of the memory cache cost as their number grows: npm run build, node bench/cache-entries.mjs [--entries 1000,10000,100000,1000000]
//
// Each entry is the answer to a URL of its own, with eight header lines and a body of 100 bytes, put in place through the gateway. Then random ones are asked for:
// the time is that of the processor for all a hit takes from the request as read to the answer, the best of five rounds; sockets are not part of it.
// Every number of entries has a process of its own, so that each starts with an empty heap.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { BytesPayload } from '../dist/adapter.js'
import { createGateway } from '../dist/index.js'

const { values } = parseArgs({ options: { entries: { type: 'string', default: '1000,10000,100000,1000000' }, one: { type: 'string' }, vary: { type: 'boolean', default: false } } })
const HITS = 100_000
const FIELDS = [
  'Date', 'Tue, 06 Oct 2026 10:00:00 GMT', 'Server', 'nginx', 'Content-Type', 'text/html; charset=utf-8', 'Content-Length', '100', 'Last-Modified', 'Tue, 06 Oct 2026 09:00:00 GMT',
  'ETag', '"68e3a1b0-64"', 'Cache-Control', 'max-age=31536000', 'X-Content-Type-Options', 'nosniff',
  ...(values.vary ? ['Vary', 'Accept-Encoding'] : []),
]
/** Texts off the wire are new ones each time. */
const asRead = (text) => Buffer.from(text, 'latin1').toString('latin1')

if (values.one === undefined) {
  console.log('| entries | hit, µs | memory for each entry, bytes | the same where answers vary | |\n|---|---|---|---|---|')
  for (const entries of values.entries.split(',')) {
    const cells = [[], ['--vary']].map((flags) => {
      const { status, stdout } = spawnSync(process.execPath, ['--expose-gc', '--max-old-space-size=8192', fileURLToPath(import.meta.url), '--one', entries, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
      if (status !== 0) process.exit(1)
      return stdout.toString().trim()
    })
    console.log(`| ${Number(entries).toLocaleString('en')} | ${cells.join(' | ')} |`)
  }
} else await measure(Number(values.one))

async function measure(entries) {
  const body = new Uint8Array(100).fill(120)
  let asked = 0
  const gateway = createGateway(
    { caches: { pages: { store: 'memory', maxSize: '8GiB' } }, upstreams: { app: { targets: ['http://origin.internal'] } }, routes: [{ upstream: 'app', cache: { store: 'pages' } }] },
    {
      transport: {
        lacks: new Set(),
        send: async (request) => {
          asked++
          request.lease?.ended()
          return { status: 200, fields: FIELDS.map(asRead), body: new BytesPayload(body.slice()) }
        },
      },
    },
  )
  const ask = (i) => gateway.handle({ method: 'GET', target: `/articles/${i}`, fields: ['Host', 'public.example'] }, { peer: { address: '203.0.113.9' }, waitUntil: () => {} })
  const read = async (answer) => {
    if (answer.body instanceof BytesPayload) return
    for await (const _ of answer.body.stream());
  }
  for (let i = 0; i < 1000; i++) await read(await ask(`warm-${i}`))
  const before = memoryInUse()
  for (let i = 0; i < entries; i++) await read(await ask(i))
  const bytes = (memoryInUse() - before) / entries
  const stored = asked
  let seed = 1
  const next = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % entries
  let bestMicros = Infinity
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage()
    for (let i = 0; i < HITS; i++) await read(await ask(next()))
    const { user, system } = process.cpuUsage(start)
    bestMicros = Math.min(bestMicros, (user + system) / HITS)
  }
  if (asked !== stored) throw new Error(`${asked - stored} of the requests were no hits`)
  console.log(`${bestMicros.toFixed(1)} | ${Math.round(bytes)}`)
}

function memoryInUse() {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
