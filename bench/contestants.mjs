// The proxies that are compared, each as a process of its own. All of them, and the folder with their files, go with this process.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
export function rendered(file, { port, origin, edit = (text) => text }) {
  const path = join(folder, `${port}-${file}`)
  const text = edit(readFileSync(new URL(`proxies/${file}`, import.meta.url), 'utf8'))
  writeFileSync(path, text.replaceAll('@FOLDER@', folder).replaceAll('@ORIGIN@', String(origin)).replaceAll('@PORT@', String(port)))
  return path
}

/** What starts each proxy on a port, in front of the origin on another. */
export function proxyCommands({ origin, edit, nodeFlags = [] }) {
  const config = (file, port) => rendered(file, { port, origin, edit })
  return {
    nginx: (port) => ['nginx', '-c', config('nginx.conf', port)],
    haproxy: (port) => ['haproxy', '-db', '-f', config('haproxy.cfg', port)],
    varnish: (port) => ['varnishd', '-F', '-j', 'none', '-n', join(folder, 'varnish'), '-a', `127.0.0.1:${port}`, '-f', config('varnish.vcl', port), '-s', 'malloc,256m'],
    node: (port) => served([process.execPath, ...nodeFlags], config('fetchgate.json', port), port),
    bun: (port) => served([tool('bun')], config('fetchgate.json', port), port),
    deno: (port) => served([tool('deno'), 'run', '-A'], config('fetchgate.json', port), port),
  }
}

/** What serves a configuration with the built fetchgate. */
export function served(runtime, config, port) {
  return [...runtime, join(root, 'dist/cli.js'), 'serve', '--config', config, '--host', '127.0.0.1', '--port', String(port)]
}

/** Starts a server and resolves once it listens. Without a `core` it runs on any. */
export async function start(command, port, { core, stdout = 'ignore', stderr = 'ignore' } = {}) {
  const [program, ...args] = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  const child = spawn(program, args, { stdio: ['ignore', stdout, stderr], env: { ...process.env, NODE_ENV: 'production' } })
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

export function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1]
}
