// What requests cost as something grows: npm run bench:growth [-- --only routes,ranges,targets,entries,bodies,connections --rounds 5 --seconds 2 --write]
//
// routes, ranges, targets: entries of the configuration, in this process (growth/configuration.mjs). entries: of the cache in memory, by
// cache-entries.mjs, a process for each number. bodies: from 1 KiB to 1 GiB through nginx and each runtime (growth/bodies.mjs). connections: idle ones,
// 1 to 10,000, beside busy ones (growth/connections.mjs). The last two need wrk and nginx. --write puts tables and drawings into docs.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'
import { installed, NAMES, proxyCommands, roomForMany, root } from './contestants.mjs'
import { BODY_SIZES, measureBodies } from './growth/bodies.mjs'
import { measureConfiguration } from './growth/configuration.mjs'
import { IDLE_COUNTS, measureBesideIdle } from './growth/connections.mjs'
import { show, tableOf, WRITE } from './tables.mjs'

const ALL = 'routes,ranges,targets,entries,bodies,connections'
const { values } = parseArgs({
  options: { only: { type: 'string', default: ALL }, rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' }, entries: { type: 'string', default: '1000,10000,100000,1000000' }, proxies: { type: 'string', default: 'nginx,node,bun,deno' }, write: WRITE },
})
const { svgOf } = await createJiti(import.meta.url).import('./chart.ts')
const wanted = new Set(values.only.split(','))
const proxies = installed(values.proxies.split(','))
const commandsFor = (origin) => proxyCommands({ origin, edit: roomForMany })

await configuration(['routes', 'ranges', 'targets'].filter((name) => wanted.has(name)))
if (wanted.has('entries')) entries()
if (wanted.has('bodies')) await bodies()
if (wanted.has('connections')) await connections()
process.exit(0)

async function configuration(names) {
  if (names.length === 0) return
  const results = []
  for (const name of names) results.push(...(await measureConfiguration(name, Number(values.rounds))))
  const joined = (points, each) => points.map(each).join(' / ')
  const rows = results.map(({ name, points }) => [name, joined(points, ({ size }) => size.toLocaleString('en')), joined(points, ({ micros }) => micros.toFixed(1)), joined(points, ({ loadMs }) => loadMs.toFixed(0))])
  show('growth', tableOf(['', 'entries', 'a request, µs', 'loading all, ms'], rows), values.write && names.length === 3)
  const drawn = results.filter(({ name }) => !name.startsWith('targets') || /round-robin|peak-ewma|rendezvous/.test(name)).filter(({ name }) => !name.includes('allow'))
  if (names.length === 3) draw('growth', { title: 'Processor time of a request by the size of the configuration', xLabel: 'routes, ranges or targets', yLabel: 'µs for a request', lines: drawn.map(({ name, points }) => ({ name, points: points.map(({ size, micros }) => [size, micros]) })), ticks: [1, 10, 100, 1000, 10_000, 100_000] })
}

function entries() {
  const script = fileURLToPath(new URL('cache-entries.mjs', import.meta.url))
  const points = values.entries.split(',').map(Number).map((count) => {
    const { status, stdout } = spawnSync(process.execPath, ['--expose-gc', '--max-old-space-size=8192', script, '--one', String(count)], { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
    if (status !== 0) throw new Error(`${script} ended with ${status}`)
    const [micros, bytes] = stdout.split('|').map(Number)
    return { count, micros, bytes }
  })
  show('entries', tableOf(['entries of the cache', ...points.map(({ count }) => count.toLocaleString('en'))], [['a hit, µs', ...points.map(({ micros }) => micros.toFixed(1))], ['memory for each entry, bytes', ...points.map(({ bytes }) => bytes.toLocaleString('en'))]]), values.write)
  draw('growth-entries', { title: 'Processor time of a hit by the number of entries', xLabel: 'entries of the cache in memory', yLabel: 'µs for a hit', lines: [{ name: 'fetchgate on Node, without sockets', points: points.map(({ count, micros }) => [count, micros]) }], ticks: points.map(({ count }) => count) })
}

async function bodies() {
  const results = await measureBodies(commandsFor, proxies, values.seconds)
  const rows = results.map(({ name, points }) => [NAMES[name], ...points.map(({ micros, peakMB }) => `${micros.toFixed(0)} µs, ${peakMB.toFixed(0)} MB`)])
  show('bodies', tableOf(['for each MiB, and memory at most', ...BODY_SIZES.map(sizeText)], rows), values.write)
  const lines = (value) => results.map(({ name, points }) => ({ name: NAMES[name], points: points.map((point) => [point.size, value(point)]) }))
  const common = { xLabel: 'size of a body', ticks: BODY_SIZES, textOf: sizeText }
  draw('growth-bodies', { ...common, title: 'Processor time for each MiB by the size of bodies', yLabel: 'µs for each MiB', lines: lines(({ micros }) => micros) })
  draw('growth-memory', { ...common, title: 'Memory at most by the size of bodies', yLabel: 'MB', lines: lines(({ peakMB }) => peakMB) })
}

async function connections() {
  const results = await measureBesideIdle(commandsFor, proxies, values.seconds)
  show('beside idle', tableOf(['µs for a request, beside idle connections', ...IDLE_COUNTS.map((count) => count.toLocaleString('en'))], results.map(({ name, points }) => [NAMES[name], ...points.map(({ micros }) => micros.toFixed(0))])), values.write)
  draw('growth-connections', { title: 'Processor time of a request by the number of idle connections', xLabel: 'idle connections', yLabel: 'µs for a request', lines: results.map(({ name, points }) => ({ name: NAMES[name], points: points.map(({ count, micros }) => [count, micros]) })), ticks: IDLE_COUNTS })
}

/** Both axes are logarithmic. */
function draw(name, { lines, ticks, textOf = (value) => value.toLocaleString('en'), ...texts }) {
  if (!values.write) return
  const svg = svgOf({ ...texts, logarithmic: true, lines: lines.map((line) => ({ ...line, points: line.points.map(([x, y]) => [Math.log10(x), y]) })), xTicks: ticks.map((at) => ({ at: Math.log10(at), text: textOf(at) })) })
  writeFileSync(join(root, `docs/images/${name}.svg`), svg)
}

function sizeText(bytes) {
  const power = Math.floor(Math.log2(bytes) / 10)
  return `${bytes / 1024 ** power} ${['B', 'KiB', 'MiB', 'GiB'][power]}`
}
