// Serves in this process until it is stopped, by what the command line and the file say.
import { homedir } from 'node:os'
import { type Config, ConfigError, type Issue, validateConfig } from '../../src/index.js'
import { destinationOf } from '../shared/access-lines.js'
import type { Running, StartOptions } from '../shared/adapter.js'
import { serverTlsIssues } from '../tls/to-servers.js'
import type { Command } from './args.js'
import { banner } from './banner.js'
import { ConfigFileError, findConfigFile, readConfigFile } from './config-file.js'
import { devTlsFolder, localHosts, trustLines } from './dev-tls.js'
import { type EventLog, logEvents } from './log.js'
import { currentRuntime } from './runtime.js'
import { onStopSignals } from './signals.js'
import { RELOADED, STOPPING } from './usage.js'

export type Serve = Extract<Command, { kind: 'serve' }>

/** Serves until SIGTERM or SIGINT. */
export async function serve(command: Serve): Promise<void> {
  const config = await configToServe(command)
  const running = await startServing(config, { operations: { reload: () => reloadOf(() => running, command) } })
  const stopped = new Promise<void>((stop) => onStopSignals(stop, () => {}))
  const told = process[toldOn(config)]
  process.on('SIGHUP', () => void reload(running, command).then((fault) => (fault === undefined ? told.write(RELOADED) : process.stderr.write(`fetchgate: not reloaded: ${fault}\n`))))
  process.on('SIGUSR2', () => running.reopenLog())
  told.write(banner(config, running, (await currentRuntime()).name))
  await stopped
  told.write(STOPPING)
  await running.close()
}

/** Starts a gateway that tells on stderr what goes wrong. */
export async function startServing(config: Config, { ports, ...options }: StartOptions = {}): Promise<Running> {
  const { start } = await currentRuntime()
  const log = logEvents(process.stderr)
  const setLogLevel = (level: EventLog['level']): void => {
    log.level = level
  }
  return start(config, { ports: { observe: log.observe, ...ports }, ...options, operations: { setLogLevel, ...options.operations } })
}

/** For the admin API, which knows the gateway only once it runs. */
export async function reloadOf(running: () => Running, command: Serve): Promise<readonly Issue[]> {
  return (await reloading(running(), command)) ?? []
}

/** A log on stdout is for programs to read, and nothing else stands in it. */
export function toldOn({ accessLog }: Config): 'stdout' | 'stderr' {
  return accessLog && destinationOf(accessLog) === 'stdout' ? 'stderr' : 'stdout'
}

/** Puts the file as it is now in force. A fault is given back, and leaves the configuration as it was. */
export async function reload(running: Running, command: Serve): Promise<string | undefined> {
  const issues = await reloading(running, command)
  return issues && (issues[0]?.path === '' ? issues[0].message : new ConfigError(issues).message)
}

async function reloading({ gateway, renewCertificates, reloadFailed }: Running, command: Serve): Promise<readonly Issue[] | undefined> {
  try {
    const validation = validateConfig(await configOf(command))
    if (validation.kind === 'invalid') throw new ConfigError(validation.issues)
    const { issues } = serverTlsIssues(validation.config, Date.now())
    if (issues.length > 0) throw new ConfigError(issues)
    gateway.reload(validation.config)
    renewCertificates()
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof ConfigFileError)) throw error
    reloadFailed()
    return error instanceof ConfigError ? error.issues : [{ path: '', value: undefined, message: error.message }]
  }
}

/** What the file says, and the command line in its place. */
export async function configToServe(command: Serve): Promise<Config> {
  const config = withOverrides(await configOf(command), command)
  return command.devTls ? withDevTls(config, command.devTls.folder) : config
}

/** The first listener shows a certificate of this machine's own authority. How to believe it is said when it has just been made. */
async function withDevTls(config: Config, folder: string | undefined): Promise<Config> {
  const [first, ...others] = listenersOf(config)
  if (first!.tls) throw new ConfigFileError('--dev-tls gives the first listener a certificate, and it has "tls" already: leave one of them out')
  const { devTls } = await import('../tls/dev-authority.js')
  const { cert, key, ca, isNew } = await devTls(folder ?? devTlsFolder(process.platform, process.env, homedir()), localHosts(config))
  if (isNew) process.stderr.write(trustLines(process.platform, ca))
  return { ...config, listen: [{ ...first, tls: { cert, key } }, ...others] }
}

export async function configOf({ config, to }: Serve): Promise<Config> {
  if (to.length === 0) return readConfigFile(findConfigFile(config, process.cwd()), process.env)
  if (config !== undefined) throw new ConfigFileError('--to and --config exclude one another: targets stand in the file')
  return { upstreams: { app: { targets: [...to] } }, routes: [{ path: '/*', upstream: 'app' }] }
}

/** `--host` and `--port` replace those of the first listener. */
export function withOverrides(config: Config, { host, port }: Serve): Config {
  if (host === undefined && port === undefined) return config
  const [first = {}, ...others] = listenersOf(config)
  return { ...config, listen: [{ ...first, ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) }, ...others] }
}

export function listenersOf({ listen }: Config): Extract<NonNullable<Config['listen']>, unknown[]> {
  return Array.isArray(listen) ? listen : [listen ?? {}]
}
