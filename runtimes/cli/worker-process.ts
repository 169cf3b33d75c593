// Starts worker processes: this program once more, in the way in which processes share a port on each runtime.
import { type ChildProcess, spawn } from 'node:child_process'
import cluster from 'node:cluster'
import { readFileSync, realpathSync } from 'node:fs'
import type { Runtime } from './runtime.js'

/** What starts a worker with these variables added to the environment. Its stdout is a pipe, its stderr ours. */
export function workerStarter(runtime: Runtime['name']): (environment: Readonly<Record<string, string>>) => ChildProcess {
  const script = process.argv[1]!
  const args = process.argv.slice(2)
  if (runtime === 'Deno') {
    const flags = denoFlags(commandLine(), (each) => isSame(each, script))
    return (environment) => spawn(process.execPath, [...flags, script, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], env: { ...process.env, ...environment } })
  }
  // Else the first process would hand each connection on, and those on their way to a worker that is killed would hang for ever.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ exec: script, args, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  return (environment) => cluster.fork(environment).process
}

/** Whether each process listens by itself and the kernel spreads connections over them (SO_REUSEPORT); on Node up to 23.0 all accept from one socket that the first process holds. */
export function eachListens(runtime: Runtime['name'], nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
  return runtime !== 'Node' || major > 23 || (major === 23 && minor >= 1)
}

/** Without this flag Deno shares no port. */
const SHARES_PORTS = '--unstable-net'

/** The flags with which Deno was started, so that a worker may do what we may and no more; all rights where they cannot be told. */
export function denoFlags(line: readonly string[], isScript: (text: string) => boolean): string[] {
  const end = line.findIndex((each, i) => i > 0 && isScript(each))
  const flags = end < 0 ? ['run', '-A'] : line.slice(1, end)
  return flags.includes(SHARES_PORTS) ? flags : [...flags, SHARES_PORTS]
}

function commandLine(): string[] {
  try {
    return readFileSync('/proc/self/cmdline', 'utf8').split('\0')
  } catch {
    // Only Linux has it.
    return []
  }
}

function isSame(path: string, script: string): boolean {
  try {
    return realpathSync(path) === realpathSync(script)
  } catch {
    return false
  }
}
