// What a request costs as the configuration grows, in this process and without sockets.
//
// Asks the built gateway for what routes, access lists and pools of 10 to 100,000 entries decide. Each answer is checked before anything is timed.
// Rounds of the sizes alternate; the time is that of the processor, the median of the rounds, in microseconds for a whole request, of which the decision
// is a part. "Loading" is checking and compiling the configuration, once. A pick alone, without the request around it: bench/pick.mjs.
import { createGateway } from '../../dist/index.js'

const REQUESTS = 2000
const POLICIES = ['round-robin', 'random', 'power-of-two', 'least-requests', 'peak-ewma', 'first', 'consistent-hash', 'rendezvous', 'maglev']

const hostOf = (i) => `tenant-${i % 4}.example`
const respond = (i) => ({ respond: { status: 200, headers: { 'X-Route': String(i) } } })
const v4 = (i) => `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
const address = (i, last) => (i % 2 ? `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::${last}` : `${v4(i)}.${last}`)
const range = (i) => (i % 2 ? `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::/64` : `${v4(i)}.0/25`)
const listed = (n) => Array.from({ length: n }, (_, i) => i)
const text = (headers, name) => headers[headers.findIndex((each, i) => i % 2 === 0 && each.toLowerCase() === name) + 1]

/** What is measured: configurations by size, request number i of one, and what its answer must be. */
const KINDS = {
  routes: [
    {
      name: 'routes, literal', sizes: [10, 100, 1000, 10_000],
      config: (n) => ({ routes: listed(n).map((i) => ({ host: hostOf(i), path: `/api/section-${i % 10}/page-${i}`, ...respond(i) })) }),
      ask: (i, n) => ({ host: hostOf(i % n), target: `/api/section-${(i % n) % 10}/page-${i % n}` }),
      right: (answer, i, n) => text(answer.fields, 'x-route') === String(i % n),
    },
    {
      name: 'routes, with parameters', sizes: [10, 100, 1000, 10_000],
      config: (n) => ({ routes: listed(n).map((i) => ({ host: hostOf(i), path: `/:account/section-${i}/:item`, ...respond(i) })) }),
      ask: (i, n) => ({ host: hostOf(i % n), target: `/acme/section-${i % n}/7` }),
      right: (answer, i, n) => text(answer.fields, 'x-route') === String(i % n),
    },
    {
      name: 'routes, none fits', sizes: [10, 100, 1000, 10_000],
      config: (n) => ({ routes: listed(n).map((i) => ({ host: hostOf(i), path: `/:account/section-${i}/:item`, ...respond(i) })) }),
      ask: (i, n) => ({ host: hostOf(i % n), target: '/acme/elsewhere/7' }),
      right: (answer) => answer.status === 404,
    },
  ],
  ranges: [
    ['deny, client in none', 'deny', 200, 200],
    ['deny, client in one', 'deny', 9, 403],
    ['allow, client in none', 'allow', 200, 403],
    ['allow, client in one', 'allow', 9, 200],
  ].map(([name, filter, last, status]) => ({
    name: `ranges, ${name}`, sizes: [10, 1000, 100_000],
    config: (n) => ({ filters: [{ [filter]: { ip: listed(n).map(range) } }], routes: [respond(0)] }),
    // An IPv6 network has all the addresses below it: the one next to the last is of none.
    ask: (i, n) => ({ host: 'gate.example', target: '/', peer: last === 200 && i % 2 ? `2001:db9::${i % n}` : address((i * 7919) % n, last) }),
    right: (answer) => answer.status === status,
  })),
  targets: POLICIES.map((policy) => ({
    name: `targets, ${policy}`, sizes: [2, 10, 100, 1000],
    config: (n) => ({
      upstreams: { app: { targets: listed(n).map((i) => `http://10.0.${i >> 8}.${i & 255}:8080`), balance: ['consistent-hash', 'rendezvous', 'maglev'].includes(policy) ? { policy, by: 'client-ip' } : policy } },
      routes: [{ upstream: 'app' }],
    }),
    ask: (i) => ({ host: 'gate.example', target: '/', peer: `203.0.113.${i % 200}` }),
    right: (answer) => answer.status === 204,
  })),
}

const transport = {
  lacks: new Set(),
  send: async (request) => {
    request.lease?.ended()
    return { status: 204, fields: ['X-Server', request.server.hostname], body: undefined }
  },
}

const INFO = { waitUntil: () => {} }
const asked = (gateway, { host, target, peer = '203.0.113.9' }) => gateway.handle({ method: 'GET', target, fields: ['Host', host, 'User-Agent', 'growth'] }, { ...INFO, peer: { address: peer } })

async function prepared(kind, size) {
  const config = kind.config(size)
  const start = performance.now()
  const gateway = createGateway(config, { transport, observe: () => {} })
  const loadMs = performance.now() - start
  for (let i = 0; i < Math.min(3 * size, 3000); i++) {
    const answer = await asked(gateway, kind.ask(i, size))
    if (!kind.right(answer, i, size)) throw new Error(`${kind.name}, ${size}: request ${i} was answered with ${answer.status} ${answer.fields}`)
  }
  return { size, gateway, loadMs, requests: listed(REQUESTS).map((i) => kind.ask(i * 31, size)), micros: [] }
}

async function measured(kind, rounds) {
  const cases = []
  for (const size of kind.sizes) cases.push(await prepared(kind, size))
  for (let round = -2; round < rounds; round++) {
    for (const { gateway, requests, micros } of cases) {
      const before = process.cpuUsage()
      for (const request of requests) await asked(gateway, request)
      const { user, system } = process.cpuUsage(before)
      if (round >= 0) micros.push((user + system) / REQUESTS)
    }
  }
  return cases.map(({ size, loadMs, micros }) => ({ size, loadMs, micros: micros.sort((a, b) => a - b)[rounds >> 1] }))
}

/** For routes, ranges or targets: a list of kinds, each with its time and loading time by size. */
export async function measureConfiguration(name, rounds) {
  const results = []
  for (const kind of KINDS[name]) results.push({ name: kind.name, points: await measured(kind, rounds) })
  return results
}
