// What each filter costs a request: npm run bench:filters [-- --rounds 15 --only limits,cors]
//
// Asks built gateways in this process, without sockets: one with no filter, and one for each filter that lets the request pass. Each answer is checked
// before anything is timed. Rounds of all gateways alternate, so that what else the machine does falls on all alike; the time is that of the processor.
// A filter's cost is the median, over the rounds, of its gateway's time less that of the gateway without filters in the same round.
import { parseArgs } from 'node:util'
import { createGateway } from '../dist/index.js'
import { StreamPayload, hashPassword } from '../dist/adapter.js'
import { defineFilter, middleware, PASS } from '../dist/filter.js'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' }, only: { type: 'string', default: '' } } })
const rounds = Number(values.rounds)
const REQUESTS = 2000

const FIELDS = ['Host', 'shop.example', 'User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Accept', 'text/html,*/*;q=0.8', 'Accept-Encoding', 'gzip, br', 'Accept-Language', 'en', 'Cookie', 'theme=dark; session=0123456789abcdef']
const JSON_BODY = new TextEncoder().encode(JSON.stringify(Array.from({ length: 40 }, (_, i) => ({ id: i, tags: ['a', 'b'] }))))
const range = (i) => `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/25`
const KEY = 'open-sesame-open-sesame-open-sesame'
const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(KEY))).toString('hex')

const GET = { method: 'GET', fields: FIELDS }
const with_ = (...fields) => ({ method: 'GET', fields: [...FIELDS, ...fields] })
const POST = { method: 'POST', fields: [...FIELDS, 'Content-Type', 'application/json', 'Transfer-Encoding', 'chunked'], body: JSON_BODY }

/** By the name in the table: the filter, and the request that passes it. */
const KINDS = {
  'deny, 10 ranges': [{ deny: { ip: Array.from({ length: 10 }, (_, i) => range(i)) } }, GET],
  'deny, 100,000 ranges': [{ deny: { ip: Array.from({ length: 100_000 }, (_, i) => range(i)) } }, GET],
  'deny, 10 paths': [{ deny: { path: Array.from({ length: 10 }, (_, i) => `/private-${i}/*`) } }, GET],
  'deny, 10 user agents': [{ deny: { userAgent: Array.from({ length: 10 }, (_, i) => `*bot-${i}*`) } }, GET],
  'limits of the head': [{ limits: { url: '4KiB', headers: '16KiB', headerCount: 100, args: 100, body: '10MiB' } }, GET],
  'limits of a body of 1.1 kB': [{ limits: { body: '10MiB' } }, POST],
  'limits, with jsonDepth': [{ limits: { body: '10MiB', jsonDepth: 32 } }, POST],
  'crawlers': [{ crawlers: { deny: ['ai-training', 'seo'] } }, GET],
  'csrf': [{ csrf: {} }, { ...POST, fields: [...POST.fields, 'Sec-Fetch-Site', 'same-origin'] }],
  'cors': [{ cors: { origins: ['https://*.shop.example'] } }, with_('Origin', 'https://www.shop.example')],
  'securityHeaders': [{ securityHeaders: 'basic' }, GET],
  'rateLimit by address': [{ rateLimit: { limit: 1_000_000_000, window: '1m', by: 'client-ip' } }, GET],
  'concurrency by address': [{ concurrency: { limit: 1000, by: 'client-ip' } }, GET],
  'basicAuth, known by now': [{ basicAuth: { users: { ann: await hashPassword('secret', 10_000) } } }, with_('Authorization', `Basic ${btoa('ann:secret')}`)],
  'apiKey': [{ apiKey: { keys: { shop: `sha256:${digest}` } } }, with_('X-API-Key', KEY)],
  'a rule of your own': [defineFilter(({ fields }) => (fields.length > 0 ? PASS : PASS)), GET],
  'a middleware of your own': [middleware(() => undefined), GET],
}

const transport = {
  lacks: new Set(),
  send: async (request) => {
    const reader = request.body?.stream().getReader()
    while (reader && !(await reader.read()).done);
    request.lease?.ended()
    return { status: 204, fields: [], body: undefined }
  },
}

const INFO = { waitUntil: () => {}, peer: { address: '198.51.100.7' } }
const bodyOf = (bytes) => new StreamPayload(new ReadableStream({ pull: (controller) => (controller.enqueue(bytes), controller.close()) }, { highWaterMark: 0 }))
const asked = (gateway, { method, fields, body }) => gateway.handle({ method, target: '/products/7?color=red&size=2', fields, body: body && bodyOf(body), signal: undefined }, INFO)
const gatewayWith = (filters) => createGateway({ upstreams: { app: { targets: ['http://10.0.0.1'] } }, filters, routes: [{ upstream: 'app' }] }, { transport, observe: () => {} })

async function micros(gateway, request) {
  const before = process.cpuUsage()
  for (let i = 0; i < REQUESTS; i++) await asked(gateway, request)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / REQUESTS
}

const wanted = values.only === '' ? [] : values.only.split(',')
const bare = gatewayWith([])
const cases = []
for (const [name, [filter, request]] of Object.entries(KINDS).filter(([name]) => wanted.length === 0 || wanted.some((part) => name.includes(part)))) {
  const gateway = gatewayWith([filter])
  for (let i = 0; i < 10; i++) {
    const { status } = await asked(gateway, request)
    if (status !== 204) throw new Error(`${name}: the request was answered with ${status}`)
  }
  cases.push({ name, gateway, request, costs: [], whole: [] })
}
for (let round = -2; round < rounds; round++) {
  for (const { gateway, request, costs, whole } of cases) {
    // In turn, for what comes second finds the caches of the processor warm.
    const first = round % 2 === 0 ? await micros(bare, request) : undefined
    const own = await micros(gateway, request)
    const without = first ?? (await micros(bare, request))
    if (round < 0) continue
    costs.push(own - without)
    whole.push(own)
  }
}
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]
console.log('| filter | adds, µs | a request with it, µs |\n|---|---|---|')
for (const { name, costs, whole } of cases) console.log(`| ${name} | ${Math.max(0, median(costs)).toFixed(1)} | ${median(whole).toFixed(1)} |`)
