#!/usr/bin/env node
// The command line: runs under node, bun and deno.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, relative, resolve } from 'node:path'
import { ConfigError, validateConfig } from '../../src/index.js'
import { rootIssues } from '../shared/folder-issues.js'
import { ListenError } from '../shared/listen.js'
import { acmeIssues } from '../acme/plan.js'
import { unshownCertificates } from '../shared/shown-certificates.js'
import { ListenerCertificates } from '../tls/listeners.js'
import { type Command, parseCommand } from './args.js'
import { BundleError, folderModule } from './bundle-files.js'
import { ConfigFileError, findConfigFile, readConfigFile } from './config-file.js'
import { explainAnswer, ExplainError } from './explain.js'
import { keyLines, passwordLine } from './hash.js'
import { readSecret, SecretInputError } from './secret-input.js'
import { type Serve, serve } from './serve.js'
import { STARTER_CONFIG, USAGE } from './usage.js'
import { isWorker } from './worker-talk.js'

const DONE = 0
const WRONG_WORLD = 1
const WRONG_USAGE = 2

async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case 'help':
      process.stdout.write(USAGE)
      return DONE
    case 'version':
      process.stdout.write(`${version()}\n`)
      return DONE
    case 'wrong':
      process.stderr.write(`fetchgate: ${command.message}\nSee fetchgate --help.\n`)
      return WRONG_USAGE
    case 'init':
      return init()
    case 'check':
      return check(command.config)
    case 'explain':
      return explain(command)
    case 'files':
      return files(command)
    case 'hash':
      process.stdout.write(await passwordLine(await readSecret(process.stdin, process.stderr), command.iterations))
      return DONE
    case 'hash-key':
      process.stdout.write(keyLines())
      return DONE
    case 'serve':
      return serving(command)
  }
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return manifest.version
}

function init(): number {
  const path = resolve('fetchgate.config.ts')
  if (existsSync(path)) {
    process.stderr.write(`fetchgate: ${basename(path)} is already here; nothing was written\n`)
    return WRONG_WORLD
  }
  writeFileSync(path, STARTER_CONFIG)
  process.stdout.write(`Wrote ${basename(path)}. Change its targets, then: fetchgate serve\n`)
  return DONE
}

async function check(named: string | undefined): Promise<number> {
  const path = findConfigFile(named, process.cwd())
  const validation = validateConfig(await readConfigFile(path, process.env))
  if (validation.kind === 'invalid') throw new ConfigError(validation.issues)
  const issues = [...new ListenerCertificates(validation.config).load(Date.now()), ...unshownCertificates(validation.config), ...rootIssues(validation.config), ...acmeIssues(validation.config)]
  if (issues.length > 0) throw new ConfigError(issues)
  const routes = validation.config.routes.length
  process.stdout.write(`${relative(process.cwd(), path)} is right: ${routes === 1 ? '1 route' : `${routes} routes`}\n`)
  return DONE
}

function files({ root, out }: Extract<Command, { kind: 'files' }>): number {
  const { source, count } = folderModule(root)
  writeFileSync(out, source)
  process.stdout.write(`wrote ${out}: ${count === 1 ? '1 file' : `${count} files`} of ${root}\n`)
  return DONE
}

async function explain({ config, method, url, headers }: Extract<Command, { kind: 'explain' }>): Promise<number> {
  const validation = config === undefined ? undefined : validateConfig(await readConfigFile(findConfigFile(config, process.cwd()), process.env))
  if (validation?.kind === 'invalid') throw new ConfigError(validation.issues)
  process.stdout.write(await explainAnswer(method, url, headers, validation?.config.caches?.['default'] ?? {}))
  return DONE
}

async function serving(command: Serve): Promise<number> {
  if (command.workers === undefined) {
    await serve(command)
    return DONE
  }
  const count = command.workers === 'auto' ? availableParallelism() : command.workers
  if (!isWorker()) return (await (await import('./workers.js')).runWorkers(count)) ? DONE : WRONG_WORLD
  await (await import('./worker.js')).serveAsWorker(command, count)
  return DONE
}

try {
  process.exitCode = await run(parseCommand(process.argv.slice(2)))
  // Runtimes keep idle upstream connections for a while; nothing is left to wait for.
  process.exit()
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof ConfigFileError || error instanceof ListenError || error instanceof ExplainError || error instanceof SecretInputError || error instanceof BundleError)) throw error
  process.stderr.write(`fetchgate: ${error.message}\n`)
  process.exit(WRONG_WORLD)
}
