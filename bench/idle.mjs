// What an idle client connection costs in memory: npm run bench:idle [-- --connections 10000 --only node,bun]
//
// Each proxy gets that many keep-alive connections, one answered request on each, and then nothing. Prints resident memory of its processes (Pss, so that
// pages shared by several count once) before, with all of them open after five seconds, and the difference for each. Needs `ulimit -n` above the connections.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { connections: { type: 'string', default: '10000' }, only: { type: 'string' } } })
const connections = Number(values.connections)
const root = fileURLToPath(new URL('../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'fetchgate-idle-'))
chmodSync(folder, 0o755)
const origin = createServer((_, response) => response.end('hello, world\n'))
await new Promise((resolve) => origin.listen(0, '127.0.0.1', resolve))
const tool = (name) => join(root, 'node_modules/.bin', name)
const serve = (command, port) => [...command, join(root, 'dist/cli.js'), 'serve', '--config', rendered('fetchgate.json', port), '--host', '127.0.0.1', '--port', String(port)]
const PROXIES = {
  nginx: (port) => ['nginx', '-c', rendered('nginx.conf', port)],
  haproxy: (port) => ['haproxy', '-db', '-f', rendered('haproxy.cfg', port)],
  node: (port) => serve([process.execPath], port),
  bun: (port) => serve([tool('bun')], port),
  deno: (port) => serve([tool('deno'), 'run', '-A'], port),
}
const children = []
process.on('exit', () => {
  for (const child of children) child.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})

console.log(`| ${connections} idle connections | before, MB | with them, MB | KiB for each |\n|---|---|---|---|`)
for (const name of values.only?.split(',') ?? Object.keys(PROXIES)) {
  const port = await freePort()
  const [program, ...args] = PROXIES[name](port)
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, NODE_ENV: 'production' } })
  children.push(child)
  await listening(port, child)
  // What the first requests load belongs to the runtime and not to a connection.
  const warm = await open(port, 200)
  for (const socket of warm) socket.destroy()
  await pause(2000)
  const before = memoryBytes(child.pid)
  const sockets = await open(port, connections)
  await pause(5000)
  const after = memoryBytes(child.pid)
  const alive = sockets.filter((socket) => !socket.destroyed).length
  if (alive < connections) console.error(`${name} closed ${connections - alive} of them`)
  console.log(`| ${name} | ${(before / 1e6).toFixed(0)} | ${(after / 1e6).toFixed(0)} | ${((after - before) / alive / 1024).toFixed(1)} |`)
  for (const socket of sockets) socket.destroy()
  child.kill('SIGTERM')
}
process.exit(0)

/** Opens so many, a hundred at a time, and waits for the answer on each. */
async function open(port, count) {
  const sockets = []
  while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, () => answered(port)))))
  return sockets
}

function answered(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /small HTTP/1.1\r\nHost: idle.example\r\n\r\n'))
    socket.on('error', reject)
    socket.on('data', (bytes) => {
      if (bytes.includes('hello, world')) resolve(socket)
    })
  })
}

async function listening(port, child) {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) break
    const there = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (there) return
    await pause(100)
  }
  throw new Error(`nothing listens on port ${port}`)
}

/** Of a process and all below it. */
function memoryBytes(pid) {
  const pids = [pid]
  for (const each of pids) for (const task of readdirSync(`/proc/${each}/task`)) pids.push(...readFileSync(`/proc/${each}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number))
  return pids.reduce((sum, each) => sum + Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))[1]) * 1024, 0)
}

function rendered(file, port) {
  const path = join(folder, `${port}-${file}`)
  const text = readFileSync(new URL(`proxies/${file}`, import.meta.url), 'utf8').replace('worker_connections 4096', 'worker_connections 20000').replace('nbthread 1', 'nbthread 1\n  maxconn 15000\n  no strict-limits').replace('mode http', 'mode http\n  maxconn 15000')
  writeFileSync(path, text.replaceAll('@FOLDER@', folder).replaceAll('@ORIGIN@', String(origin.address().port)).replaceAll('@PORT@', String(port)))
  return path
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
