// Proxies side by side: npm run bench [-- --peers DIR --only nginx,varnish,node --scenarios hit,hit64k,gziphit --rounds 3 --seconds 2 --write]
//
// Each proxy is alone on processor 0, the load and the origin share processor 1, and the rounds of the proxies alternate, so that whatever else
// the machine does falls on all of them. Needs wrk and nginx; HAProxy, Caddy and Varnish where they are installed, and packages of npm from a folder of
// their own: npm install --prefix DIR http-proxy httpxy fast-proxy @fastify/http-proxy fastify hono @hono/node-server
// Before anything is measured, each proxy must give the bytes that the origin gives, and the origin must get the bytes that the client sends.
// Prints medians of the rounds: processor time of the proxy's processes for each request, and requests in a second. The first is the better
// measure, being nearly the same on a busy machine. nginx, Caddy and fetchgate write an access log to a file, the others none.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as zlib from 'node:zlib'
import { folder, installed, median, NAMES, PEERS, processorSeconds, proxyCommands, rendered, root, start } from './contestants.mjs'
import { show, tableOf, WRITE } from './tables.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(NAMES).join(',') },
    scenarios: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    verbose: { type: 'boolean', default: false },
    peers: PEERS,
    write: WRITE,
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const ORIGIN = 9100
const ZSTD_MAGIC = 0xfd2fb528
const SIZES = { '1k': 1024, '64k': 64 * 1024, '1m': 1024 * 1024 }

const BROWSER = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Language': 'en-GB,en;q=0.9,de;q=0.8',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  Cookie: 'session=4f1c2d3e4a5b6c7d8e9f; theme=dark; consent=yes; visitor=1234567890.1234567890',
  Referer: 'https://shop.example/some/page?with=query',
  'Cache-Control': 'max-age=0',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Site': 'same-origin',
  'Upgrade-Insecure-Requests': '1',
}
const SCENARIOS = {
  small: { path: '/small', connections: 64, what: 'a dozen bytes' },
  browser: { path: '/1k', connections: 64, headers: BROWSER, what: "a browser's request, 1 KiB" },
  '64k': { path: '/64k', connections: 32, what: '64 KiB' },
  '1m': { path: '/1m', connections: 16, what: '1 MiB' },
  up64k: { path: '/upload', connections: 32, upload: SIZES['64k'], what: '64 KiB up' },
  up1m: { path: '/upload', connections: 16, upload: SIZES['1m'], what: '1 MiB up' },
  connection: { path: '/small', connections: 32, headers: { Connection: 'close' }, what: 'a connection for each' },
  hit: { path: '/cached/1k', connections: 64, cached: true, what: '1 KiB from the cache' },
  gzip64k: { path: '/text/64k', connections: 16, coding: 'gzip', headers: { 'Accept-Encoding': 'gzip' }, what: '64 KiB of text by gzip' },
  zstd64k: { path: '/text/64k', connections: 16, coding: 'zstd', headers: { 'Accept-Encoding': 'zstd' }, what: 'by zstd' },
  gziphit: { path: '/cached/text/64k', connections: 16, coding: 'gzip', cached: true, headers: { 'Accept-Encoding': 'gzip' }, what: 'by gzip from the cache' },
  hit64k: { path: '/cached/64k', connections: 32, cached: true, what: '64 KiB from the cache' },
}
/** Those that compress what passes, by gzip at level 6 and zstd as they do it by themselves. */
const COMPRESSING = ['nginx', 'caddy', 'node', 'bun', 'deno']
/** Those that say hello by themselves are measured with the smallest answer only, those that cache with hits, Varnish with nothing else. */
const takesPart = ({ name }, { path, cached, coding }) => (coding ? COMPRESSING.includes(name) && (name !== 'nginx' || coding === 'gzip') && (name !== 'caddy' || !cached) : cached ? ['nginx', 'varnish', 'node', 'bun', 'deno'].includes(name) : name !== 'varnish' && (!name.startsWith('hello') || path === '/small'))

const stderr = values.verbose ? 'inherit' : 'ignore'
// Tells what came of an upload: nginx hands it on to here.
const digests = createServer(async (request, response) => {
  const hash = createHash('sha256')
  for await (const bytes of request) hash.update(bytes)
  response.end(`${request.method} ${hash.digest('hex')}`)
})
await new Promise((resolve) => digests.listen(0, '127.0.0.1', resolve))

mkdirSync(join(folder, 'files'))
// Text as people write it: what repeats itself would cost nothing to compress.
mkdirSync(join(folder, 'files/text'))
writeFileSync(join(folder, 'files/text/64k'), Buffer.concat(['caching', 'filters', 'runtimes'].map((page) => readFileSync(join(root, `docs/${page}.md`)))).subarray(0, SIZES['64k']))
for (const [name, bytes] of Object.entries(SIZES)) writeFileSync(join(folder, 'files', name), Buffer.alloc(bytes, 'abcdefghijklmnopqrstuvwxyz012345'))
await start(['nginx', '-c', rendered('origin.conf', { port: ORIGIN, origin: ORIGIN, digest: digests.address().port })], ORIGIN, { core: 1, stderr })
const commands = proxyCommands({ origin: ORIGIN, peers: values.peers })
const proxies = []
for (const [i, name] of installed(values.only.split(','), values.peers).entries()) {
  const port = ORIGIN + 1 + i
  proxies.push({ name, port, pid: (await start(commands[name](port), port, { core: 0, stderr })).pid })
}
const results = []
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (values.scenarios && !values.scenarios.split(',').includes(name)) continue
  const figures = await measure(scenario, proxies.filter((proxy) => takesPart(proxy, scenario)))
  results.push({ scenario, figures })
  report(scenario, figures)
}
summary(results)
process.exit(0)

async function measure(scenario, contestants) {
  const figures = new Map()
  const wanted = await answered(ORIGIN, scenario)
  for (const proxy of contestants) {
    try {
      if (!proxy.name.startsWith('hello') && (await answered(proxy.port, scenario)) !== wanted) throw new Error(`it does not pass on the bytes of ${scenario.what}`)
      await load(proxy.port, scenario, results.length === 0 ? 3 : 1)
      figures.set(proxy, [])
    } catch (error) {
      console.error(`${NAMES[proxy.name]} is left out: ${error.message}`)
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const [proxy, all] of figures) {
      const before = processorSeconds(proxy.pid)
      try {
        const { requests, perSecond } = await load(proxy.port, scenario, seconds)
        all.push({ micros: ((processorSeconds(proxy.pid) - before) / requests) * 1e6, perSecond })
      } catch (error) {
        console.error(`${NAMES[proxy.name]} is left out: ${error.message}`)
        figures.delete(proxy)
      }
    }
  }
  return new Map([...figures].map(([{ name }, all]) => [name, { micros: median(all.map(({ micros }) => micros)), perSecond: median(all.map(({ perSecond }) => perSecond)) }]))
}

function report({ what }, figures) {
  const base = figures.get('nginx')
  const rows = [...figures].map(([name, { micros, perSecond }]) => [NAMES[name], micros.toFixed(1), base ? (micros / base.micros).toFixed(2) : '–', Math.round(perSecond).toLocaleString('en')])
  console.log(`\n${tableOf([what, 'µs for each request', 'times nginx', 'requests/s'], rows)}`)
}

/** The tables of the page: a row for each proxy, a column for each scenario, µs and how many times nginx's. */
function summary(results) {
  const kindOf = ({ coding, cached }) => (coding ? 'compressed' : cached ? 'hits' : 'passed through')
  for (const name of ['passed through', 'hits', 'compressed']) {
    const columns = results.filter(({ scenario }) => kindOf(scenario) === name)
    const cell = (figures, proxy) => {
      const [own, base] = [figures.get(proxy), figures.get('nginx')]
      return own === undefined ? '–' : `${own.micros.toFixed(0)}${base && proxy !== 'nginx' ? ` (${(own.micros / base.micros).toFixed(own.micros < base.micros / 10 ? 2 : 1)}×)` : ''}`
    }
    const rows = proxies.filter((proxy) => columns.some(({ figures }) => figures.has(proxy.name))).map((proxy) => [NAMES[proxy.name], ...columns.map(({ figures }) => cell(figures, proxy.name))])
    if (columns.length > 0) show(name, tableOf(['µs', ...columns.map(({ scenario }) => scenario.what)], rows), values.write)
  }
}

/** What an answer is, or what the origin got of an upload. */
async function answered(port, { path, upload, coding, headers = {} }) {
  const { Connection: _, ...sent } = headers
  const body = upload && randomBytes(upload)
  const answer = await fetch(`http://127.0.0.1:${port}${upload ? '/digest' : path}`, body ? { method: 'POST', body } : { headers: sent })
  let bytes = Buffer.from(await answer.arrayBuffer())
  if (coding && port !== ORIGIN && answer.headers.get('content-encoding') !== coding) throw new Error(`it does not compress by ${coding}`)
  // Older versions of fetch do not read it; nor does zlib there, and the bytes are taken on trust.
  if (coding === 'zstd' && bytes.readUInt32LE() === ZSTD_MAGIC) bytes = zlib.zstdDecompressSync?.(bytes) ?? readFileSync(join(folder, 'files', path))
  if (answer.status !== 200) throw new Error(`it answers ${path} with ${answer.status}`)
  if (!body) return createHash('sha256').update(bytes).digest('hex')
  return bytes.toString() === `POST ${createHash('sha256').update(body).digest('hex')}` ? 'whole' : 'broken'
}

async function load(port, { path, connections, upload, headers = {} }, forSeconds) {
  const file = join(folder, 'load.lua')
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`)
  if (upload) lines.push('wrk.method = "POST"', `wrk.body = string.rep("x", ${upload})`)
  writeFileSync(file, lines.join('\n'))
  const wrk = spawn('taskset', ['-c', '1', 'wrk', '-t1', `-c${connections}`, `-d${forSeconds}s`, '-s', file, `http://127.0.0.1:${port}${path}`])
  let output = ''
  for await (const chunk of wrk.stdout) output += chunk
  const requests = Number(/(\d+) requests in/.exec(output)?.[1])
  if (!requests || /Non-2xx/.test(output)) throw new Error(`the load did not go through:\n${output}`)
  return { requests, perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1]) }
}
