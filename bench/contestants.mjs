// The proxies that are compared, each as a process of its own. All of them, and the folder with their files, go with this process.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../', import.meta.url))
export const folder = mkdtempSync(join(tmpdir(), 'fetchgate-bench-'))
export const tool = (name) => join(root, 'node_modules/.bin', name)
const running = []

// nginx reads the files as a user of its own.
chmodSync(folder, 0o755)
process.on('exit', () => {
  // Parents first: nginx would put another worker in the place of one that is gone.
  for (const child of running) for (const pid of tree(child.pid)) kill(pid)
  rmSync(folder, { recursive: true, force: true })
})
process.on('SIGINT', () => process.exit(1))

/** A file of `proxies/` with its places filled in; `edit` changes its text before. */
export function rendered(file, { port, origin, digest = origin, edit = (text) => text }) {
  const path = join(folder, `${port}-${file}`)
  const text = edit(readFileSync(new URL(`proxies/${file}`, import.meta.url), 'utf8'))
  const places = { FOLDER: folder, ROOT: root, ORIGIN: String(origin), DIGEST: String(digest), PORT: String(port) }
  writeFileSync(path, text.replaceAll(/@(FOLDER|ROOT|ORIGIN|DIGEST|PORT)@/g, (_, place) => places[place]))
  return path
}

const nodeName = `Node ${process.versions.node.split('.')[0]}`

/** All contestants by their short names, with those that the tables show. */
export const NAMES = {
  nginx: 'nginx',
  haproxy: 'HAProxy',
  caddy: 'Caddy',
  varnish: 'Varnish',
  node: `fetchgate on ${nodeName}`,
  bun: 'fetchgate on Bun',
  deno: 'fetchgate on Deno',
  'http-proxy': `http-proxy, ${nodeName}`,
  httpxy: `httpxy, ${nodeName}`,
  'fast-proxy': `fast-proxy, ${nodeName}`,
  fastify: `@fastify/http-proxy, ${nodeName}`,
  hono: `hono/proxy, ${nodeName}`,
  'floor-node': `bare relay: \`node:http\`, undici's dispatch, ${nodeName}`,
  'floor-bun': 'bare relay: `Bun.serve`, `fetch`',
  'floor-deno': 'bare relay: `Deno.serve`, `fetch`',
  'hello-node': `no relay, \`node:http\`, ${nodeName}`,
  'hello-bun': 'no relay, `Bun.serve`',
  'hello-deno': 'no relay, `Deno.serve`',
}

/** Contestants that are packages of npm, each with the package it is. */
const PACKAGES = { 'http-proxy': 'http-proxy', httpxy: 'httpxy', 'fast-proxy': 'fast-proxy', fastify: '@fastify/http-proxy', hono: '@hono/node-server' }

/** The option of every benchmark that names the folder with the packages of others: npm install --prefix DIR http-proxy httpxy fast-proxy @fastify/http-proxy fastify hono @hono/node-server */
export const PEERS = { type: 'string', default: process.env.BENCH_PEERS }

/** What starts each proxy on a port, in front of the origin on another; only for those that are here. `peers` has the packages of npm. */
export function proxyCommands({ origin, edit, peers, nodeFlags = [] }) {
  const config = (file, port) => rendered(file, { port, origin, edit })
  if (peers !== undefined && !existsSync(join(folder, 'node_modules'))) symlinkSync(resolve(peers, 'node_modules'), join(folder, 'node_modules'))
  const script = (name, ...runtime) => (port) => [...runtime, config(`${name}.mjs`, port)]
  const deno = [tool('deno'), 'run', '-A', '--no-config']
  return {
    nginx: (port) => ['nginx', '-c', config('nginx.conf', port)],
    haproxy: (port) => ['haproxy', '-db', '-f', config('haproxy.cfg', port)],
    caddy: (port) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', config('Caddyfile', port)],
    varnish: (port) => ['varnishd', '-F', '-j', 'none', '-n', join(folder, 'varnish'), '-a', `127.0.0.1:${port}`, '-f', config('varnish.vcl', port), '-s', 'malloc,256m'],
    node: (port) => served([process.execPath, ...nodeFlags], config('fetchgate.json', port), port),
    bun: (port) => served([tool('bun')], config('fetchgate.json', port), port),
    deno: (port) => served([tool('deno'), 'run', '-A'], config('fetchgate.json', port), port),
    ...Object.fromEntries(Object.keys(PACKAGES).map((name) => [name, script(name, process.execPath, ...nodeFlags)])),
    'floor-node': script('floor-node', process.execPath, ...nodeFlags),
    'floor-bun': script('floor-bun', tool('bun')),
    'floor-deno': script('floor-deno', ...deno),
    'hello-node': script('hello-node', process.execPath),
    'hello-bun': script('hello-bun', tool('bun')),
    'hello-deno': script('hello-deno', ...deno),
  }
}

/** Those of the names whose program or package is on this machine; tells of the others. */
export function installed(names, peers) {
  return names.filter((name) => {
    if (!(name in NAMES)) throw new Error(`there is no contestant ${name}; there are ${Object.keys(NAMES).join(', ')}`)
    const program = { nginx: 'nginx', haproxy: 'haproxy', caddy: 'caddy', varnish: 'varnishd' }[name]
    const here = program ? !spawnSync(program, ['-v']).error : !(name in PACKAGES) || (peers !== undefined && existsSync(resolve(peers, 'node_modules', PACKAGES[name])))
    if (!here) console.error(`${NAMES[name]} is not here, and left out${program ? '' : '; --peers DIR names a folder with its package'}`)
    return here
  })
}

/** What serves a configuration with the built fetchgate. */
export function served(runtime, config, port) {
  return [...runtime, join(root, 'dist/cli.js'), 'serve', '--config', config, '--host', '127.0.0.1', '--port', String(port)]
}

/** Starts a server and resolves once it listens. Without a `core` it runs on any. */
export async function start(command, port, { core, stdout = 'ignore', stderr = 'ignore' } = {}) {
  const [program, ...args] = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  const child = spawn(program, args, { stdio: ['ignore', stdout, stderr], env: { ...process.env, NODE_ENV: 'production', ...(core !== undefined && { GOMAXPROCS: '1' }) } })
  running.push(child)
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    if (await accepts(port)) return child
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${command[0]} does not listen on port ${port}`)
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/** A port that nobody listens on. */
export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/** A process and all below it. */
export function tree(pid) {
  const pids = [pid]
  for (const each of pids) {
    try {
      for (const task of readdirSync(`/proc/${each}/task`)) pids.push(...readFileSync(`/proc/${each}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number))
    } catch {
      // It has ended meanwhile.
    }
  }
  return pids
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** Processor time that a process and all below it have used. */
export function processorSeconds(pid) {
  const ticks = tree(pid).map((each) => {
    const fields = readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1].split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, count) => sum + count, 0) / 100
}

/** Memory of a process and all below it (Pss, so that pages shared by several count once). */
export function memoryBytes(pid) {
  return tree(pid).reduce((sum, each) => sum + Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))[1]) * 1024, 0)
}

/** Opens so many connections, a hundred at a time, and waits for one answer on each. */
export async function openConnections(port, count) {
  const sockets = []
  while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, () => answeredConnection(port)))))
  return sockets
}

function answeredConnection(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /small HTTP/1.1\r\nHost: idle.example\r\n\r\n'))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('a connection was closed before its answer')))
    socket.on('data', (bytes) => {
      if (bytes.includes('hello, world')) resolve(socket)
    })
  })
}

/** Changes the configurations of others so that they take thousands of connections: each file has room for more than it needs elsewhere. */
export function roomForMany(text) {
  return text.replace('worker_connections 4096', 'worker_connections 25000').replace('nbthread 1', 'nbthread 1\n  maxconn 15000\n  no strict-limits').replace('mode http', 'mode http\n  maxconn 15000')
}

export function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1]
}
