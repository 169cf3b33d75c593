#!/usr/bin/env node
// The command line: runs under node, bun and deno.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { type Config, ConfigError, validateConfig } from '../../src/index.js'
import { destinationOf } from '../shared/access-lines.js'
import type { Running } from '../shared/adapter.js'
import { ListenError } from '../shared/listen.js'
import { type Command, parseCommand } from './args.js'
import { banner } from './banner.js'
import { ConfigFileError, findConfigFile, readConfigFile } from './config-file.js'
import { explainAnswer, ExplainError } from './explain.js'
import { keyLines, passwordLine } from './hash.js'
import { currentRuntime } from './runtime.js'
import { logEvents } from './log.js'
import { readSecret, SecretInputError } from './secret-input.js'
import { STARTER_CONFIG, USAGE } from './usage.js'

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
    case 'hash':
      process.stdout.write(await passwordLine(await readSecret(process.stdin, process.stderr), command.iterations))
      return DONE
    case 'hash-key':
      process.stdout.write(keyLines())
      return DONE
    case 'serve':
      return serve(command)
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
  const routes = validation.config.routes.length
  process.stdout.write(`${relative(process.cwd(), path)} is right: ${routes === 1 ? '1 route' : `${routes} routes`}\n`)
  return DONE
}

async function explain({ config, method, url, headers }: Extract<Command, { kind: 'explain' }>): Promise<number> {
  const validation = config === undefined ? undefined : validateConfig(await readConfigFile(findConfigFile(config, process.cwd()), process.env))
  if (validation?.kind === 'invalid') throw new ConfigError(validation.issues)
  process.stdout.write(await explainAnswer(method, url, headers, validation?.config.caches?.['default'] ?? {}))
  return DONE
}

async function serve(command: Extract<Command, { kind: 'serve' }>): Promise<number> {
  const config = withOverrides(await configFor(command), command)
  const runtime = await currentRuntime()
  const running = await runtime.start(config, { ports: { observe: logEvents(process.stderr) } })
  const stopped = stopSignal()
  // A log on stdout is for programs to read, and nothing else stands in it.
  const told = config.accessLog && destinationOf(config.accessLog) === 'stdout' ? process.stderr : process.stdout
  process.on('SIGHUP', () => void reload(running, command, told))
  process.on('SIGUSR2', () => running.reopenLog())
  told.write(banner(config, running.listeners, runtime.name))
  await stopped
  told.write('stopping: requests in flight end first\n')
  await running.close()
  return DONE
}

/** Puts the file as it is now in force. A fault leaves the configuration as it was. */
async function reload({ gateway }: Running, command: Extract<Command, { kind: 'serve' }>, told: NodeJS.WriteStream): Promise<void> {
  try {
    const validation = validateConfig(await configFor(command))
    if (validation.kind === 'invalid') throw new ConfigError(validation.issues)
    gateway.reload(validation.config)
    told.write('reloaded; listeners and the access log stay as they were started\n')
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof ConfigFileError)) throw error
    process.stderr.write(`fetchgate: not reloaded: ${error.message}\n`)
  }
}

async function configFor({ config, to }: Extract<Command, { kind: 'serve' }>): Promise<Config> {
  if (to.length === 0) return readConfigFile(findConfigFile(config, process.cwd()), process.env)
  if (config !== undefined) throw new ConfigFileError('--to and --config exclude one another: targets stand in the file')
  return { upstreams: { app: { targets: [...to] } }, routes: [{ path: '/*', upstream: 'app' }] }
}

/** `--host` and `--port` replace those of the first listener. */
function withOverrides(config: Config, { host, port }: Extract<Command, { kind: 'serve' }>): Config {
  if (host === undefined && port === undefined) return config
  const [first = {}, ...others] = Array.isArray(config.listen) ? config.listen : [config.listen ?? {}]
  return { ...config, listen: [{ ...first, ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) }, ...others] }
}

/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((stop) => {
    let asked = false
    const onSignal = (): void => {
      if (asked) process.exit(WRONG_WORLD)
      asked = true
      stop()
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

try {
  process.exitCode = await run(parseCommand(process.argv.slice(2)))
  // Runtimes keep idle upstream connections for a while; nothing is left to wait for.
  process.exit()
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof ConfigFileError || error instanceof ListenError || error instanceof ExplainError || error instanceof SecretInputError)) throw error
  process.stderr.write(`fetchgate: ${error.message}\n`)
  process.exit(WRONG_WORLD)
}
