// Latency at 70 % of what each proxy can carry: npm run bench:tail [-- --peers DIR --only nginx,node --seconds 8 --share 0.7 --write]
// Pauses of Node in five minutes of it: npm run bench:tail -- --pauses [--seconds 300 --write]
//
// wrk finds how many requests a proxy carries in a second; then h2load sends that share of it over HTTP/1.1 at a fixed rate, and percentiles come from its log
// of every request. h2load holds a request back while all its connections are busy, so a stall is seen by 64 requests and not by all that were due in it:
// what it tells is a lower bound where a proxy stands still. The proxy has processor 0, load and origin have processor 1. Node runs with
// --trace-gc, which tells its pauses for garbage. Needs wrk, h2load and nginx; HAProxy, Caddy and http-proxy where they are.
import { spawn } from 'node:child_process'
import { createReadStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { folder, installed, NAMES, PEERS, proxyCommands, rendered, start } from './contestants.mjs'
import { show, tableOf, WRITE } from './tables.mjs'

const { values } = parseArgs({ options: { only: { type: 'string' }, seconds: { type: 'string' }, share: { type: 'string', default: '0.7' }, pauses: { type: 'boolean', default: false }, peers: PEERS, write: WRITE } })
const seconds = Number(values.seconds ?? (values.pauses ? 300 : 8))
const CONNECTIONS = 64
const LONG_MS = 20
const ORIGIN = 9200
const commands = proxyCommands({ origin: ORIGIN, peers: values.peers, nodeFlags: ['--trace-gc'] })

await start(['nginx', '-c', rendered('origin.conf', { port: ORIGIN, origin: ORIGIN })], ORIGIN, { core: 1 })
const rows = []
const paused = []
for (const [i, name] of installed((values.only ?? (values.pauses ? 'node' : 'nginx,haproxy,caddy,node,bun,deno,http-proxy')).split(','), values.peers).entries()) {
  const port = ORIGIN + 1 + i
  const child = await start(commands[name](port), port, { core: 0, stdout: 'pipe' })
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  await most(port, 2)
  const perSecond = await most(port, 3)
  const mark = printed.length
  const { ms, sentPerSecond } = await atRate(port, perSecond * Number(values.share))
  const at = (share) => ms[Math.min(ms.length - 1, Math.floor(ms.length * share))].toFixed(1)
  const rates = [perSecond, sentPerSecond].map((rate) => Math.round(rate).toLocaleString('en'))
  rows.push([NAMES[name], ...rates, at(0.5), at(0.99), at(0.999), at(1)])
  const pauses = [...printed.slice(mark).matchAll(/(?:Scavenge|Mark-Compact).*?MB, (?:pooled: .*?MB, )?([\d.]+) \//g)].map(([, pause]) => Number(pause))
  const all = pauses.reduce((sum, pause) => sum + pause, 0)
  const longest = pauses.reduce((most, pause) => Math.max(most, pause), 0)
  if (pauses.length > 0) paused.push([NAMES[name], seconds, rates[1], pauses.length, all.toFixed(0), longest.toFixed(1), pauses.filter((pause) => pause > LONG_MS).length])
  child.kill('SIGTERM')
}
if (!values.pauses) show('tail', tableOf(['', 'requests/s at most', 'sent/s', 'p50, ms', 'p99, ms', 'p99.9, ms', 'longest, ms'], rows), values.write)
if (paused.length > 0) show(values.pauses ? 'pauses' : 'pauses of the same run', tableOf(['pauses for garbage', 'seconds', 'requests/s', 'pauses', 'ms in all', 'longest, ms', `longer than ${LONG_MS} ms`], paused), values.pauses && values.write)
process.exit(0)

async function most(port, forSeconds) {
  const output = await run(['wrk', '-t1', `-c${CONNECTIONS}`, `-d${forSeconds}s`, `http://127.0.0.1:${port}/small`])
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1])
}

/** Times of all requests, shortest first. Those of the first second are left out: connections are opened in it. */
async function atRate(port, perSecond) {
  const log = join(folder, 'requests.tsv')
  rmSync(log, { force: true })
  await run(['h2load', '--h1', `-c${CONNECTIONS}`, `--rps=${Math.max(1, Math.round(perSecond / CONNECTIONS))}`, `-D${seconds}`, `--log-file=${log}`, `http://127.0.0.1:${port}/small`])
  const begun = []
  const took = []
  let failed = 0
  for await (const line of createInterface({ input: createReadStream(log) })) {
    const [startMicros, status, micros] = line.split('\t')
    if (status !== '200') failed++
    else begun.push(Number(startMicros)), took.push(Number(micros) / 1000)
  }
  if (failed > CONNECTIONS) throw new Error(`${failed} of ${failed + took.length} requests to port ${port} failed`)
  const fromMicros = begun.reduce((least, micros) => Math.min(least, micros), Infinity) + 1e6
  const ms = Float64Array.from(took.filter((_, i) => begun[i] > fromMicros)).sort()
  return { ms, sentPerSecond: ms.length / (seconds - 1) }
}

async function run(command) {
  const child = spawn('taskset', ['-c', '1', ...command], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  for await (const chunk of child.stdout) output += chunk
  return output
}
