// Runs a gateway under real workerd, as Cloudflare Workers would.
import { spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Config } from '../../src/index.js'
import { type GatewayProcess, listening, removingAfter } from './runtimes.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const WORKERD = join(ROOT, 'node_modules/.bin/workerd')

/** Bundles a Worker that serves the configuration and runs it. */
export function serveOnWorkerd(config: Config): Promise<GatewayProcess> {
  return runWorker(`import { start } from 'fetchgate/workers'\nexport default start(${JSON.stringify(config)})\n`)
}

/** Bundles and runs the source of a Worker. */
export async function runWorker(source: string): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'fetchgate-workerd-'))
  await build({
    stdin: { contents: source, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'import'],
    outfile: join(folder, 'worker.js'),
    logLevel: 'error',
  })
  await writeFile(join(folder, 'config.capnp'), CAPNP)
  const child = spawn(WORKERD, ['serve', join(folder, 'config.capnp'), '--control-fd=1', '--socket-addr=http=127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] })
  return removingAfter(await listening(child, /"event":"listen","socket":"http","port":(\d+)/), folder)
}

// The network service lets the Worker reach origins on loopback, which Cloudflare's edge would not.
const CAPNP = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-10-01",
  compatibilityFlags = ["enable_request_signal"],
);
`
