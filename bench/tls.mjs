// TLS beside nginx, HAProxy and Caddy: npm run bench:tls [-- --only nginx,node,deno --rounds 3 --seconds 3 --write]
//
// Each proxy is alone on processor 0, the load and the origin share processor 1, and the rounds of the proxies alternate. All show the same certificate (ECDSA, P-256)
// and take tickets; requests go on to the origin without TLS. Full handshakes are of TLS 1.3, resumed ones of TLS 1.2 by ticket, whose clients can be had to resume
// every time (openssl s_time, four at a time, no request); what resumes less than 95 of 100 is left out. Before anything is measured, each proxy must give the bytes that
// the origin gives, over HTTP/1.1 and, where it speaks it, over HTTP/2. Prints medians of the rounds: processor time of the proxy's processes, and in brackets how
// many in a second. The first is the better measure: the second is what the load on one processor can take, too. Needs openssl, wrk, nginx and h2load.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { parseArgs } from 'node:util'
import { folder, installed, median, NAMES, processorSeconds, proxyCommands, rendered, start } from './contestants.mjs'
import { show, tableOf, WRITE } from './tables.mjs'

const { values } = parseArgs({
  options: { only: { type: 'string', default: 'nginx,haproxy,caddy,node,bun,deno' }, rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '3' }, verbose: { type: 'boolean', default: false }, write: WRITE },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const ORIGIN = 9400
const stderr = values.verbose ? 'inherit' : 'ignore'

const [CERT, KEY, BOTH] = ['cert.pem', 'key.pem', 'both.pem'].map((name) => join(folder, name))
const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', KEY, '-out', CERT, '-days', '30', '-subj', '/CN=bench', '-addext', 'subjectAltName=IP:127.0.0.1'])
if (made.status !== 0) throw new Error(`openssl made no certificate:\n${made.error ?? made.stderr}`)
writeFileSync(BOTH, Buffer.concat([readFileSync(CERT), readFileSync(KEY)]))

/** The configurations of `proxies/`, with TLS. Not one of them changes anything else. */
function withTls(text) {
  const edited = text
    .replace('backlog=4096;\n    proxy_http_version', `ssl http2 backlog=4096;\n    ssl_certificate ${CERT}; ssl_certificate_key ${KEY}; ssl_protocols TLSv1.2 TLSv1.3;\n    proxy_http_version`)
    .replace('bind 127.0.0.1:@PORT@', `bind 127.0.0.1:@PORT@ ssl crt ${BOTH} alpn h2,http/1.1`)
    .replace('http://127.0.0.1:@PORT@ {', `:@PORT@ {\n\tbind 127.0.0.1\n\ttls ${CERT} ${KEY}`)
    .replace('"upstreams"', `"listen": { "tls": { "cert": "${CERT}", "key": "${KEY}" } },\n  "upstreams"`)
  if (edited === text) throw new Error('there is no place for TLS in a configuration of bench/proxies')
  return edited
}

mkdirSync(join(folder, 'files'))
writeFileSync(join(folder, 'files/1m'), Buffer.alloc(1024 * 1024, 'abcdefghijklmnopqrstuvwxyz012345'))
await start(['nginx', '-c', rendered('origin.conf', { port: ORIGIN, origin: ORIGIN })], ORIGIN, { core: 1, stderr })
const commands = proxyCommands({ origin: ORIGIN, edit: withTls })
const proxies = []
for (const [i, name] of installed(values.only.split(',')).entries()) {
  const port = ORIGIN + 1 + i
  proxies.push({ name, port, pid: (await start(commands[name](port), port, { core: 0, stderr })).pid })
}

const MEASURES = {
  full: { what: 'full handshake, µs (a second)', load: (proxy) => handshakes(proxy, ['-new']) },
  resumed: { what: 'resumed handshake, µs (a second)', load: (proxy) => handshakes(proxy, ['-reuse', '-tls1_2']) },
  small: { what: 'a dozen bytes, HTTP/1.1, µs (a second)', load: (proxy) => requests(proxy, '/small', 64) },
  http2: { what: 'a dozen bytes, HTTP/2, µs (a second)', takesPart: ({ http2 }) => http2, load: (proxy) => streams(proxy, '/small') },
  large: { what: '1 MiB, HTTP/1.1, µs (MB/s)', load: (proxy) => requests(proxy, '/1m', 16), inBrackets: (perSecond) => perSecond * 1.048576 },
}
for (const proxy of proxies) await prove(proxy)

const figures = new Map(proxies.map(({ name }) => [name, {}]))
for (const [measure, { takesPart = () => true, load }] of Object.entries(MEASURES)) {
  const left = new Map(proxies.filter(takesPart).map((proxy) => [proxy, []]))
  // The first round is for runtimes that compile as they run, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const [proxy, all] of left) {
      const before = processorSeconds(proxy.pid)
      try {
        const { count, perSecond } = await load(proxy)
        if (round > 0) all.push({ micros: ((processorSeconds(proxy.pid) - before) / count) * 1e6, perSecond })
      } catch (error) {
        console.error(`${NAMES[proxy.name]} is left out: ${error.message}`)
        left.delete(proxy)
      }
    }
  }
  for (const [{ name }, all] of left) figures.get(name)[measure] = { micros: median(all.map(({ micros }) => micros)), perSecond: median(all.map(({ perSecond }) => perSecond)) }
  console.log(measure, [...figures].map(([name, { [measure]: of }]) => (of ? `${name} ${of.micros.toFixed(0)} µs, ${of.perSecond.toFixed(0)}/s` : `${name} –`)).join('; '))
}
const cell = ({ inBrackets = (perSecond) => perSecond }, of) => (of ? `${Math.round(of.micros).toLocaleString('en')} (${Math.round(inBrackets(of.perSecond)).toLocaleString('en')})` : '–')
show('tls', tableOf(['', ...Object.values(MEASURES).map(({ what }) => what)], [...figures].map(([name, of]) => [NAMES[name], ...Object.entries(MEASURES).map(([measure, settings]) => cell(settings, of[measure]))])), values.write)
process.exit(0)

/** Makes sure that a proxy gives the bytes of the origin, and finds out whether it speaks HTTP/2. */
async function prove(proxy) {
  proxy.http2 = (await protocolOf(proxy.port)) === 'h2'
  for (const path of ['/small', '/1m']) {
    const wanted = digest(Buffer.from(await (await fetch(`http://127.0.0.1:${ORIGIN}${path}`)).arrayBuffer()))
    for (const get of proxy.http2 ? [getHttp1, getHttp2] : [getHttp1]) if (digest(await get(proxy.port, path)) !== wanted) throw new Error(`${NAMES[proxy.name]} does not pass on the bytes of ${path}`)
  }
}

function protocolOf(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: readFileSync(CERT), ALPNProtocols: ['h2', 'http/1.1'] }, () => {
      resolve(socket.alpnProtocol)
      socket.destroy()
    }).on('error', reject)
  })
}

function getHttp1(port, path) {
  return new Promise((resolve, reject) => request({ host: '127.0.0.1', port, path, ca: readFileSync(CERT), agent: false }, async (response) => resolve(Buffer.concat(await response.toArray()))).on('error', reject).end())
}

async function getHttp2(port, path) {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: readFileSync(CERT) })
  const bytes = Buffer.concat(await session.request({ ':path': path }).toArray())
  session.destroy()
  return bytes
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Handshakes one after another, four at a time, with no request behind them. */
async function handshakes({ port }, options) {
  const startedAt = performance.now()
  const outputs = await Promise.all(Array.from({ length: 4 }, () => run('openssl', ['s_time', '-connect', `127.0.0.1:${port}`, ...options, '-time', String(seconds)])))
  const elapsedSeconds = (performance.now() - startedAt) / 1000
  const count = sum(outputs.map((output) => Number(/(\d+) connections in \d+ real seconds/.exec(output)?.[1] ?? 0)))
  if (count === 0) throw new Error(`it shook no hands:\n${outputs[0].slice(-500)}`)
  const resumed = sum(outputs.map((output) => output.match(/r{2,}/g)?.join('').length ?? 0))
  if (options.includes('-reuse') && resumed < count * 0.95) throw new Error(`it resumed ${resumed} of ${count} sessions`)
  return { count, perSecond: count / elapsedSeconds }
}

async function requests({ port }, path, connections) {
  const output = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, `https://127.0.0.1:${port}${path}`])
  const count = Number(/(\d+) requests in/.exec(output)?.[1])
  if (!count || /Non-2xx|Socket errors/.test(output)) throw new Error(`the load did not go through:\n${output}`)
  return { count, perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1]) }
}

/** Eight connections with eight requests on each at a time. */
async function streams({ port }, path) {
  const output = await run('h2load', ['-c8', '-m8', `-D${seconds}`, `https://127.0.0.1:${port}${path}`])
  const [, count, failed] = /(\d+) succeeded, (\d+) failed/.exec(output) ?? []
  if (!(count > 0) || failed !== '0' || !/Application protocol: h2/.test(output)) throw new Error(`the load did not go through:\n${output}`)
  return { count: Number(count), perSecond: Number(/([\d.]+) req\/s/.exec(output)[1]) }
}

async function run(program, args) {
  const child = spawn('taskset', ['-c', '1', program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  return output
}

function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0)
}
