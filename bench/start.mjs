// From spawn to the first answer: npm run bench:start [-- --starts 21 --only node,bun --write]
//
// Each start is a new process that serves a file of one upstream and two routes; a client asks it until it answers, a millisecond between tries.
// The runtimes take turns with a bare node:http hello-world, so that whatever else the machine does falls on all of them. Prints medians: until the first answer,
// and the processor time of the process by then. For workerd that is the time of `serve` with a bundled Worker beside one that only says hello: the
// difference is what loading and building a gateway costs.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { folder, freePort, median, NAMES, root, served, tool } from './contestants.mjs'
import { show, tableOf, WRITE } from './tables.mjs'

const CAPNP = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["private"]))],
  sockets = [(name = "http", http = (), service = "main")],
);
const worker :Workerd.Worker = (modules = [(name = "worker", esModule = embed "@MODULE@")], compatibilityDate = "2026-10-01", compatibilityFlags = ["enable_request_signal"]);
`

const { values } = parseArgs({ options: { starts: { type: 'string', default: '21' }, only: { type: 'string' }, write: WRITE } })

const origin = createServer((_, response) => response.end('hello, world\n'))
await new Promise((resolve) => origin.listen(0, '127.0.0.1', resolve))
const upstreams = { app: { targets: [`http://127.0.0.1:${origin.address().port}`] } }
const config = { upstreams, routes: [{ path: '/static/*', upstream: 'app', cache: true }, { path: '/*', upstream: 'app' }] }
write('gateway.json', JSON.stringify(config))
write('hello.mjs', `import { createServer } from 'node:http'\ncreateServer((_, response) => response.end('hello')).listen(Number(process.argv[2]), '127.0.0.1')\n`)
await worker('gateway', `import { start } from 'fetchgate/workers'\nexport default start(${JSON.stringify(config)})\n`)
await worker('hello', `export default { fetch: () => new Response('hello') }\n`)

const CONFIG = join(folder, 'gateway.json')
const workerd = (name, port) => [join(root, 'node_modules/workerd/bin/workerd'), 'serve', join(folder, `${name}.capnp`), `--socket-addr=http=127.0.0.1:${port}`]
const CONTESTANTS = {
  'node:http hello': (port) => [process.execPath, join(folder, 'hello.mjs'), String(port)],
  node: (port) => served([process.execPath], CONFIG, port),
  bun: (port) => served([tool('bun')], CONFIG, port),
  deno: (port) => served([tool('deno'), 'run', '-A'], CONFIG, port),
  'workerd hello': (port) => workerd('hello', port),
  workerd: (port) => workerd('gateway', port),
}

const names = Object.keys(CONTESTANTS).filter((name) => !values.only || values.only.split(',').includes(name))
const figures = new Map(names.map((name) => [name, []]))
for (let round = 0; round < Number(values.starts); round++) {
  for (const name of names) figures.get(name).push(await oneStart(CONTESTANTS[name]))
}
const LABELS = { ...NAMES, 'node:http hello': 'a bare `node:http` hello-world, Node', 'workerd hello': 'workerd with a Worker that says hello', workerd: 'workerd with fetchgate' }
console.log(`${values.starts} starts each, ${availableParallelism()} processors`)
show('start', tableOf(['', 'first answer, ms', 'processor time, ms'], [...figures].map(([name, all]) => [LABELS[name], median(all.map(({ ms }) => ms)).toFixed(0), median(all.map(({ processorMs }) => processorMs)).toFixed(0)])), values.write)
process.exit(0)

async function oneStart(commandFor) {
  const port = await freePort()
  const [program, ...args] = commandFor(port)
  const spawnedAt = performance.now()
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, NODE_ENV: 'production' } })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() - spawnedAt > 10_000) throw new Error(`${program} does not answer on port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const ms = performance.now() - spawnedAt
  const processorMs = processorTime(child.pid)
  child.kill('SIGKILL')
  await ended
  return { ms, processorMs }
}

function answers(port) {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
      response.resume().on('end', () => (response.statusCode === 200 ? resolve(true) : resolve(false)))
    }).on('error', () => resolve(false))
  })
}

/** What the threads of a process have run, in milliseconds by the scheduler. */
function processorTime(pid) {
  const times = readdirSync(`/proc/${pid}/task`).map((task) => Number(/se\.sum_exec_runtime\s*:\s*([\d.]+)/.exec(readFileSync(`/proc/${pid}/task/${task}/sched`, 'utf8'))?.[1]))
  return times.reduce((sum, ms) => sum + ms, 0)
}

async function worker(name, contents) {
  const bundle = { bundle: true, minify: true, format: 'esm', platform: 'neutral', mainFields: ['module', 'main'], conditions: ['workerd', 'worker', 'import'], logLevel: 'error' }
  await build({ ...bundle, stdin: { contents, resolveDir: root }, outfile: join(folder, `${name}.js`) })
  write(`${name}.capnp`, CAPNP.replace('@MODULE@', `${name}.js`))
}

function write(name, text) {
  writeFileSync(join(folder, name), text)
}
