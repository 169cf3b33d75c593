// What a pick costs: nanoseconds and bytes for each balancing policy, in pools of 10 and of 1,000 targets.
//
//   node bench/pick.mjs [--picks 2000000]
//
// Weights are 1 to 5 in turn, and every target has a few requests under way. "prepare" is what a change of the pool costs, once.
// Times are those of the processor, the best of five rounds, so that a busy machine tells the same.
// Starts itself again with a young generation so large that nothing is collected while bytes are counted.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

if (!globalThis.gc) {
  const flags = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']
  process.exit(spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1)
}

const { values } = parseArgs({ options: { picks: { type: 'string', default: '2000000' } } })
const picks = Number(values.picks)
const POLICIES = {
  'round-robin': 'roundRobin', random: 'random', 'power-of-two': 'powerOfTwo', 'least-requests': 'leastRequests', 'peak-ewma': 'peakEwma',
  first: 'first', 'consistent-hash': 'consistentHash', rendezvous: 'rendezvous', maglev: 'maglev',
}

const names = Object.entries(POLICIES)
const contents = names.map(([file, name]) => `export { ${name} } from './src/balance/policies/${file}.ts'`).join('\n')
const { outputFiles } = await build({ stdin: { contents, resolveDir: fileURLToPath(new URL('../', import.meta.url)) }, bundle: true, write: false, format: 'esm', platform: 'neutral', target: 'es2022' })
const policies = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)

/** A time as clocks tell it: too large for a number that costs nothing to pass on. */
const NOW_MS = Date.UTC(2030, 0, 1)

const random = () => Math.random()

function poolOf(size) {
  return Array.from({ length: size }, (_, i) => {
    const target = { origin: `http://10.0.${i >> 8}.${i & 255}:8080`, authority: '', secure: false, hostname: '', port: 8080, weight: 1 + (i % 5) }
    return { target, weight: target.weight, load: { inFlight: (i * 7) % 5, latency: { latencyMs: 5 + (i % 11), atMs: NOW_MS - i } } }
  })
}

/** Seconds. */
function best(work) {
  const rounds = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    work()
    // The sum is exact; how it is divided between the two is a guess of the system's.
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6
  })
  return Math.min(...rounds)
}

function run(picker, input, count) {
  let found = 0
  for (let i = 0; i < count; i++) {
    input.tick = i
    input.hash = Math.imul(i, 0x9e3779b1) >>> 0
    if (picker.pick(input)) found++
  }
  if (found !== count) throw new Error('a pick found nobody')
}

console.log('policy             targets   prepare ms     ns/pick   ns/retry   bytes/pick')
for (const [file, name] of names) {
  for (const size of [10, 1000]) {
    const candidates = poolOf(size)
    const inFlight = candidates.reduce((sum, { load }) => sum + load.inFlight, 0)
    const picker = policies[name](candidates)
    const prepareMs = best(() => policies[name](candidates)) * 1000
    const input = { tick: 0, random, hash: 0, nowMs: NOW_MS, inFlight, tried: [] }
    const retry = { ...input, tried: [candidates[0].target, candidates[size >> 1].target] }
    run(picker, input, picks / 10)
    run(picker, retry, picks / 10)
    const nanoseconds = (given) => (best(() => run(picker, given, picks / 5)) * 1e9) / (picks / 5)
    const [first, again] = [nanoseconds(input), nanoseconds(retry)]
    globalThis.gc()
    const used = process.memoryUsage().heapUsed
    run(picker, input, picks)
    const bytes = (process.memoryUsage().heapUsed - used) / picks
    console.log(`${file.padEnd(17)} ${String(size).padStart(8)} ${prepareMs.toFixed(2).padStart(12)} ${first.toFixed(0).padStart(11)} ${again.toFixed(0).padStart(10)} ${bytes.toFixed(1).padStart(12)}`)
  }
}
