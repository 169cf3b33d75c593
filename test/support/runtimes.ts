// The runtimes the tests run the built command line on, each as a process of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../../src/index.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const bin = (path: string): string => join(ROOT, 'node_modules', path)

/** The command that runs a script on each runtime. */
export const RUNTIMES = {
  'node lowest': [bin('node-lowest/bin/node')],
  'node newest': [bin('node-newest/bin/node')],
  node: [process.execPath],
  bun: [bin('.bin/bun')],
  deno: [bin('.bin/deno'), 'run', '-A'],
  'deno sharing ports': [bin('.bin/deno'), 'run', '-A', '--unstable-net'],
} as const satisfies Record<string, readonly string[]>

export type RuntimeName = keyof typeof RUNTIMES

export const CLI = join(ROOT, 'dist/cli.js')

/** A gateway that was started. */
export interface GatewayProcess {
  readonly port: number
  readonly process: ChildProcess
  /** What it has written to stdout and stderr. */
  output(): string
  /** Asks it to stop and resolves with its exit code once it has. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts `fetchgate serve` with the configuration, and `flags` if any, on a free port, and resolves when it listens. */
export async function serveOn(runtime: RuntimeName, config: Config, flags: readonly string[] = []): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'fetchgate-test-'))
  const file = join(folder, 'fetchgate.config.json')
  await writeFile(file, JSON.stringify(config))
  const [command, ...args] = RUNTIMES[runtime]
  const child = spawn(command, [...args, CLI, 'serve', '--config', file, '--host', '127.0.0.1', '--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  // What is listened on stands in lines of its own; the log may have named a target before.
  return removingAfter(await listening(child, /^ {2}https?:\/\/127\.0\.0\.1:(\d+)\b.*\n/m), folder)
}

/** The same process, its folder removed once it has stopped. */
export function removingAfter(started: GatewayProcess, folder: string): GatewayProcess {
  return {
    ...started,
    stop: async (signal) => {
      const code = await started.stop(signal)
      await rm(folder, { recursive: true, force: true })
      return code
    },
  }
}

/** Waits for a process to print where it listens. Rejects with all its output when it ends before. */
export function listening(child: ChildProcess, address: RegExp): Promise<GatewayProcess> {
  return new Promise((resolve, reject) => {
    let output = ''
    const exited = once(child, 'exit')
    const look = (chunk: Buffer): void => {
      output += chunk.toString()
      const match = address.exec(output)
      if (match) resolve({ port: Number(match[1]), process: child, output: () => output, stop })
    }
    const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await exited
      return child.exitCode
    }
    child.stdout!.on('data', look)
    child.stderr!.on('data', look)
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`it ended with ${code} before it listened:\n${output}`)))
  })
}
