// Latency at 70 % of what each proxy can carry: npm run bench:tail [-- --only nginx,node --seconds 8 --share 0.7]
//
// wrk finds how many requests a proxy carries in a second; then h2load sends that share of it over HTTP/1.1 at a fixed rate, and percentiles come from its log
// of every request. h2load holds a request back while all its connections are busy, so a stall is seen by 64 requests and not by all that were due in it:
// what it tells is a lower bound where a proxy stands still. The proxy has processor 0, load and origin have processor 1. Node runs with
// --trace-gc, which tells its longest pause for garbage. Needs wrk, h2load, nginx and haproxy.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { folder, proxyCommands, rendered, start } from './contestants.mjs'

const { values } = parseArgs({ options: { only: { type: 'string' }, seconds: { type: 'string', default: '8' }, share: { type: 'string', default: '0.7' } } })
const CONNECTIONS = 64
const ORIGIN = 9200
const COMMANDS = proxyCommands({ origin: ORIGIN, nodeFlags: ['--trace-gc'] })

await start(['nginx', '-c', rendered('origin.conf', { port: ORIGIN, origin: ORIGIN })], ORIGIN, { core: 1 })
console.log('| | requests/s at most | sent/s | p50, ms | p99, ms | p99.9, ms | longest, ms |\n|---|---|---|---|---|---|---|')
for (const [i, name] of (values.only?.split(',') ?? ['nginx', 'haproxy', 'node', 'bun', 'deno']).entries()) {
  const port = ORIGIN + 1 + i
  const child = await start(COMMANDS[name](port), port, { core: 0, stdout: 'pipe' })
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  await most(port, 2)
  const perSecond = await most(port, 3)
  const mark = printed.length
  const { ms, sentPerSecond } = await atRate(port, perSecond * Number(values.share))
  const at = (share) => ms[Math.min(ms.length - 1, Math.floor(ms.length * share))].toFixed(2)
  console.log(`| ${name} | ${Math.round(perSecond)} | ${Math.round(sentPerSecond)} | ${at(0.5)} | ${at(0.99)} | ${at(0.999)} | ${at(1)} |`)
  const pauses = [...printed.slice(mark).matchAll(/(Scavenge|Mark-Compact).*?MB, (?:pooled: .*?MB, )?([\d.]+) \//g)].map(([, , pause]) => Number(pause))
  if (pauses.length > 0) console.error(`${name}: ${pauses.length} pauses for garbage, the longest ${Math.max(...pauses)} ms, ${pauses.reduce((sum, pause) => sum + pause, 0).toFixed(0)} ms in all`)
  child.kill('SIGTERM')
}
process.exit(0)

async function most(port, seconds) {
  const output = await run(['wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, `http://127.0.0.1:${port}/small`])
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1])
}

/** Times of all requests, shortest first. Those of the first second are left out: connections are opened in it. */
async function atRate(port, perSecond) {
  const log = join(folder, 'requests.tsv')
  rmSync(log, { force: true })
  await run(['h2load', '--h1', `-c${CONNECTIONS}`, `--rps=${Math.max(1, Math.round(perSecond / CONNECTIONS))}`, `-D${values.seconds}`, `--log-file=${log}`, `http://127.0.0.1:${port}/small`])
  const rows = readFileSync(log, 'utf8').trim().split('\n').map((line) => line.split('\t').map(Number))
  const failed = rows.filter(([, status]) => status !== 200).length
  if (failed > CONNECTIONS) throw new Error(`${failed} of ${rows.length} requests to port ${port} failed`)
  const beginMicros = rows.reduce((least, [startMicros]) => Math.min(least, startMicros), Infinity)
  const counted = rows.filter(([startMicros, status]) => status === 200 && startMicros > beginMicros + 1e6)
  return { ms: counted.map(([, , micros]) => micros / 1000).sort((a, b) => a - b), sentPerSecond: counted.length / (Number(values.seconds) - 1) }
}

async function run(command) {
  const child = spawn('taskset', ['-c', '1', ...command], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  for await (const chunk of child.stdout) output += chunk
  return output
}
