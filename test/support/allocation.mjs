// Prints the bytes that a request allocates, for each kind of request, as JSON. The test that starts it gives the flags and the bundle of the gateway.
import { pathToFileURL } from 'node:url'

const { BytesPayload, createGateway } = await import(pathToFileURL(process.argv[2]).href)
const REQUESTS = 2000
const BODY = new Uint8Array(100).fill(120)

const gateway = createGateway(
  {
    caches: { pages: { store: 'memory' } },
    upstreams: { app: { targets: ['http://a.internal:3001', 'http://b.internal:3002'] } },
    routes: [
      { path: '/cached/*', upstream: 'app', cache: { store: 'pages' } },
      { path: '/closed/*', upstream: 'app', filters: [{ deny: { ip: ['203.0.113.0/24'] } }] },
      { upstream: 'app' },
    ],
  },
  {
    transport: {
      lacks: new Set(),
      send: async (request) => {
        request.lease?.ended()
        return { status: 200, fields: ['Content-Type', 'text/plain', 'Content-Length', '100', 'Cache-Control', 'max-age=3600'], body: new BytesPayload(BODY) }
      },
    },
    clock: { nowMs: () => 1_000_000, sleep: () => Promise.resolve() },
    random: () => 0.5,
    newId: () => 'id',
    observe: () => {},
  },
)

const KINDS = { 'pass-through': ['/page', 200], 'cache hit': ['/cached/page', 200], refused: ['/closed/page', 403] }
const waitUntil = () => {}
const ask = (target) => gateway.handle({ method: 'GET', target, fields: ['Host', 'gate.example', 'User-Agent', 'budget', 'Accept', '*/*'] }, { peer: { address: '203.0.113.9' }, waitUntil })

const bytes = {}
for (const [name, [target, status]] of Object.entries(KINDS)) {
  for (let i = 0; i < 2000; i++) if ((await ask(target)).status !== status) throw new Error(`${name} was not answered with ${status}`)
  globalThis.gc()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < REQUESTS; i++) await ask(target)
  bytes[name] = (process.memoryUsage().heapUsed - before) / REQUESTS
}
process.stdout.write(JSON.stringify(bytes))
