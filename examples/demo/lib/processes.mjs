// Starts and ends the processes of the demo. Each is tethered: it ends with the demo, even if the demo is killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const TETHER = file('tether.mjs')
const ORIGIN = file('../origin.mjs')
const CLI = file('../../../dist/cli.js')
const ROOT = file('../../../')
const CONFIG = 'examples/demo/fetchgate.config.ts'

/** How long a process may take to end before it is killed. */
const PATIENCE_MS = 3000

/** Runs a script of Node's. In a process group of its own, so that Ctrl-C reaches the demo alone, which then ends them in order. */
function run(script, args, options) {
  return spawn(process.execPath, ['--import', TETHER, script, ...args], { cwd: ROOT, detached: true, ...options })
}

/** An origin on a port of its own, which it keeps over restarts. */
export async function startOrigin(name) {
  let child
  let port = 0
  const origin = {
    name,
    get port() {
      return port
    },
    get pid() {
      return child.pid
    },
    get up() {
      return child.exitCode === null && child.signalCode === null
    },
    async start() {
      child = run(ORIGIN, [name, String(port)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')])
      if (message?.port === undefined) throw new Error(`the origin ${name} did not start`)
      port = message.port
    },
    /** No farewell: connections break off as they are. */
    async kill() {
      if (!origin.up) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    stop: () => end(child),
  }
  await origin.start()
  return origin
}

/**
 * The gateway, as anybody would start it: `fetchgate serve --config …`. Takes a free port when the one asked for is
 * taken. `retries()` counts the attempts that failed and were repeated on another origin, as its log tells them.
 */
export async function startGateway(wantedPort, environment) {
  const free = wantedPort === 0 || (await isFree(wantedPort))
  const args = ['serve', '--config', CONFIG, '--port', String(free ? wantedPort : 0)]
  const child = run(CLI, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let log = ''
  let retries = 0
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      log += chunk
      const match = /http:\/\/\S+/.exec(log)
      if (match) resolve(match[0])
    })
    createInterface(child.stderr).on('line', (line) => {
      if (line.includes('trying another')) retries++
      else log = `${log}${line}\n`.slice(-10_000)
    })
    child.on('error', reject)
    child.on('exit', () => reject(new Error(`the gateway did not start:\n${log}`)))
  })
  return { url, pid: child.pid, portWasTaken: !free, command: `fetchgate ${args.join(' ')}`, retries: () => retries, stop: () => end(child), exited: once(child, 'exit') }
}

/** Asks a process to end, and does not take no for an answer. */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  await gone
  clearTimeout(patience)
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
