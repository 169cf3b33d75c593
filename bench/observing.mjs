// What metrics cost a request: npm run bench:observing [-- --rounds 30]
//
// Asks built gateways in this process, without sockets, with metrics and without; rounds alternate, so that what else the machine does falls on both alike.
// The time is that of the processor; the cost is the median, over the rounds, of the difference. Beside it stands what a whole request over sockets takes.
import { parseArgs } from 'node:util'
import { createGateway } from '../dist/index.js'
import { createMetrics } from '../dist/observe.js'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' } } })
const REQUESTS = 4000
const FIELDS = ['Host', 'shop.example', 'User-Agent', 'Mozilla/5.0', 'Accept', '*/*']
const transport = {
  lacks: new Set(),
  send: async (request) => {
    request.lease?.ended()
    return { status: 204, fields: [], body: undefined }
  },
}
const CONFIG = { upstreams: { app: { targets: ['http://10.0.0.1', 'http://10.0.0.2'] } }, routes: [{ upstream: 'app' }] }
const INFO = { waitUntil: () => {}, peer: { address: '198.51.100.7' } }

const metrics = createMetrics()
const bare = createGateway(CONFIG, { transport, observe: () => {} })
const counted = metrics.around(createGateway(CONFIG, { transport, observe: metrics.observe, meter: metrics.meter }))

async function micros(gateway) {
  const before = process.cpuUsage()
  for (let i = 0; i < REQUESTS; i++) await gateway.handle({ method: 'GET', target: '/products/7?color=red', fields: FIELDS, body: undefined, signal: undefined }, INFO)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / REQUESTS
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
const rounds = []
for (let round = -5; round < Number(values.rounds); round++) {
  const [without, with_] = round % 2 === 0 ? [await micros(bare), await micros(counted)] : await micros(counted).then(async (with_) => [await micros(bare), with_])
  if (round >= 0) rounds.push({ without, with_ })
}
const without = median(rounds.map((round) => round.without))
const cost = median(rounds.map(({ without, with_ }) => with_ - without))
process.stdout.write(`a request without sockets and metrics: ${without.toFixed(2)} µs; metrics add ${cost.toFixed(2)} µs, ${((100 * cost) / without).toFixed(1)} % of that\n`)
