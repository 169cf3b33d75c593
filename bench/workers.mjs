// One process against several on the same port: npm run bench:workers [-- --only node,bun,deno --workers 2 --rounds 3 --seconds 3 --write]
//
// Nothing is pinned: on two processors the load (wrk with one thread) and the origin take their share of both, so that twice the requests cannot be had.
// Hits need no origin. Prints medians of rounds in turn: requests in a second, and processor time for each of all processes, the first one's included.
// Needs wrk and nginx.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { folder, median, NAMES, processorSeconds, proxyCommands, rendered, start } from './contestants.mjs'
import { show, tableOf, WRITE } from './tables.mjs'

const { values } = parseArgs({ options: { only: { type: 'string', default: 'node,bun,deno' }, workers: { type: 'string', default: '2' }, rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '3' }, write: WRITE } })
const ORIGIN = 9300
const PATHS = ['/small', '/cached/1k']

mkdirSync(join(folder, 'files'))
writeFileSync(join(folder, 'files/1k'), Buffer.alloc(1024, 'a'))
await start(['nginx', '-c', rendered('origin.conf', { port: ORIGIN, origin: ORIGIN })], ORIGIN)
const commands = proxyCommands({ origin: ORIGIN })
const rows = []
for (const [i, name] of values.only.split(',').entries()) {
  const variants = []
  for (const [j, flags] of [[], ['--workers', values.workers]].entries()) {
    const port = ORIGIN + 1 + 2 * i + j
    const { pid } = await start([...commands[name](port), ...flags], port)
    variants.push({ port, pid, figures: new Map(PATHS.map((path) => [path, []])) })
  }
  // Others join the first worker's port when it listens already.
  await new Promise((resolve) => setTimeout(resolve, 2000))
  for (const { port } of variants) for (const path of PATHS) load(port, path, 2)
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const path of PATHS) {
      for (const { port, pid, figures } of variants) {
        const before = processorSeconds(pid)
        const { requests, perSecond } = load(port, path, values.seconds)
        figures.get(path).push({ perSecond, micros: ((processorSeconds(pid) - before) / requests) * 1e6 })
      }
    }
  }
  const cell = ({ figures }, path) => `${Math.round(median(figures.get(path).map(({ perSecond }) => perSecond))).toLocaleString('en')} (${median(figures.get(path).map(({ micros }) => micros)).toFixed(0)} µs)`
  rows.push([NAMES[name], ...PATHS.flatMap((path) => variants.map((variant) => cell(variant, path)))])
}
console.log(`${availableParallelism()} processors`)
show('workers', tableOf(['requests/s (processor time of each)', 'a dozen bytes, one process', `${values.workers} workers`, '1 KiB from the cache, one process', `${values.workers} workers`], rows), values.write)
process.exit(0)

function load(port, path, seconds) {
  const { stdout } = spawnSync('wrk', ['-t1', '-c64', `-d${seconds}s`, `http://127.0.0.1:${port}${path}`], { encoding: 'utf8' })
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  if (!requests || /Non-2xx/.test(stdout)) throw new Error(`the load on port ${port} did not go through:\n${stdout}`)
  return { requests, perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]) }
}
