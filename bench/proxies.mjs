// Proxies side by side: npm run bench [-- --only nginx,varnish,node --scenarios hit,hit64k --rounds 5 --seconds 4]
//
// Each proxy is alone on processor 0, the load and the origin share processor 1, and the rounds of the proxies alternate, so that whatever else
// the machine does falls on all of them. Needs wrk and nginx; haproxy and varnish where they are installed. Before anything is measured, each
// proxy must give the bytes that the origin gives. Prints medians of the rounds: processor time of the proxy's processes for each request, and
// requests in a second. The first is the better measure, being nearly the same on a busy machine.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { folder, median, proxyCommands, rendered, start, tree } from './contestants.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    scenarios: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    verbose: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const ORIGIN = 9100
const SIZES = { '1k': 1024, '64k': 64 * 1024, '1m': 1024 * 1024 }

const SCENARIOS = {
  small: { path: '/small', connections: 64, what: 'a dozen bytes' },
  '1k': { path: '/1k', connections: 64, what: '1 KiB' },
  '64k': { path: '/64k', connections: 32, what: '64 KiB' },
  '1m': { path: '/1m', connections: 16, what: '1 MiB' },
  upload: { path: '/upload', connections: 32, script: `wrk.method = "POST"\nwrk.body = string.rep("x", 16384)\n`, what: '16 KiB upwards' },
  hit: { path: '/cached/1k', connections: 64, cached: true, what: '1 KiB from the cache' },
  hit64k: { path: '/cached/64k', connections: 32, cached: true, what: '64 KiB from the cache' },
}

const COMMANDS = proxyCommands({ origin: ORIGIN })
const CACHING = new Set(['nginx', 'varnish', 'node', 'bun', 'deno'])
const stderr = values.verbose ? 'inherit' : 'ignore'

mkdirSync(join(folder, 'files'))
for (const [name, bytes] of Object.entries(SIZES)) writeFileSync(join(folder, 'files', name), Buffer.alloc(bytes, 'abcdefghijklmnopqrstuvwxyz012345'))
await start(['nginx', '-c', rendered('origin.conf', { port: ORIGIN, origin: ORIGIN })], ORIGIN, { core: 1, stderr })
const proxies = await startProxies(values.only?.split(',') ?? Object.keys(COMMANDS))
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (values.scenarios && !values.scenarios.split(',').includes(name)) continue
  report(scenario, await measure(scenario, proxies.filter(({ caches }) => caches || !scenario.cached)))
}
process.exit(0)

async function startProxies(names) {
  const started = []
  for (const [i, name] of names.entries()) {
    const port = ORIGIN + 1 + i
    const command = COMMANDS[name](port)
    if (spawnSync(command[0], ['-v']).error) console.error(`${name} is not installed, and left out`)
    else started.push({ name, port, caches: CACHING.has(name), pid: (await start(command, port, { core: 0, stderr })).pid })
  }
  return started
}

async function measure(scenario, contestants) {
  const wanted = await bytesOf(ORIGIN, scenario)
  for (const { name, port } of contestants) {
    if (!wanted.equals(await bytesOf(port, scenario))) throw new Error(`${name} answers ${scenario.path} otherwise than the origin does`)
    await load(port, scenario, 2)
  }
  const figures = new Map(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { name, port, pid } of contestants) {
      const before = processorSeconds(pid)
      const { requests, perSecond } = await load(port, scenario, seconds)
      figures.get(name).push({ micros: ((processorSeconds(pid) - before) / requests) * 1e6, perSecond })
    }
  }
  return [...figures].map(([name, all]) => ({ name, micros: median(all.map(({ micros }) => micros)), perSecond: median(all.map(({ perSecond }) => perSecond)) }))
}

function report({ what }, figures) {
  const base = figures.find(({ name }) => name === 'nginx')
  console.log(`\n| ${what} | µs for each request | times nginx | requests/s |\n|---|---|---|---|`)
  for (const { name, micros, perSecond } of figures) console.log(`| ${name} | ${micros.toFixed(1)} | ${base ? (micros / base.micros).toFixed(2) : '–'} | ${Math.round(perSecond).toLocaleString('en')} |`)
}

async function bytesOf(port, { path, script }) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, script ? { method: 'POST', body: 'x'.repeat(16384) } : {})
  if (answer.status !== 200) throw new Error(`${path} on port ${port}: ${answer.status}`)
  return Buffer.from(await answer.arrayBuffer())
}

async function load(port, { path, connections, script }, forSeconds) {
  const file = join(folder, 'load.lua')
  if (script) writeFileSync(file, script)
  const wrk = spawn('taskset', ['-c', '1', 'wrk', '-t1', `-c${connections}`, `-d${forSeconds}s`, ...(script ? ['-s', file] : []), `http://127.0.0.1:${port}${path}`])
  let output = ''
  for await (const chunk of wrk.stdout) output += chunk
  const requests = Number(/(\d+) requests in/.exec(output)?.[1])
  if (!requests || /Non-2xx/.test(output)) throw new Error(`the load on port ${port} did not go through:\n${output}`)
  return { requests, perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1]) }
}

function processorSeconds(pid) {
  const ticks = tree(pid).map((each) => {
    const fields = readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1].split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, count) => sum + count, 0) / 100
}
