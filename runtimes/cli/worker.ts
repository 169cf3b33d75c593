// Serves as one of several processes that share the ports, by the orders of the first.
import { join } from 'node:path'
import { type Config, ConfigError, type OpenStore } from '../../src/index.js'
import { freePort } from '../shared/free-port.js'
import { listenError } from '../shared/listen.js'
import { openStore } from '../stores/open.js'
import { banner } from './banner.js'
import { currentRuntime, type Runtime } from './runtime.js'
import { configToServe, listenersOf, reload, reloadOf, type Serve, startServing, toldOn } from './serve.js'
import { Questions } from './together.js'
import { eachListens } from './worker-process.js'
import { type Order, type Report, WORKER, WORKER_PORTS, WORKER_TICKETS } from './worker-talk.js'

/** Serves until SIGTERM, or until the first process is gone. */
export async function serveAsWorker(command: Serve, count: number): Promise<void> {
  // Ctrl-C and the end of a terminal reach every process of the group: the first one decides what they mean.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const runtime = await currentRuntime()
  const config = await withPorts(await configToServe(command), runtime.name)
  const report = (message: Report): void => void (process.connected && process.send!(message))
  const questions = new Questions((id, command) => report({ kind: 'ask', id, command }))
  const running = await startServing(config, {
    ports: { openStore: inOwnFolders(process.env[WORKER]!) },
    reusePort: eachListens(runtime.name, process.versions.node),
    ticketSecret: process.env[WORKER_TICKETS],
    operations: { reload: () => reloadOf(() => running, command), others: (asked) => questions.ask(asked) },
  })
  process.on('SIGUSR2', () => running.reopenLog())
  process.on('message', (order: Order) => {
    if (order === 'reopen-log') running.reopenLog()
    else if (order === 'reload') void reload(running, command).then((fault) => report({ kind: 'reloaded', fault }))
    else if (order.kind === 'asked') questions.answered(order.id, order.results)
    else void running.perform?.(order.command).then((result) => report({ kind: 'performed', id: order.id, result }))
  })
  const stopped = new Promise<void>((stop) => {
    process.once('disconnect', stop)
    process.on('SIGTERM', stop)
  })
  report({ kind: 'listening', ports: [...running.listeners, ...(running.admin ? [running.admin] : [])].map(({ port }) => port), banner: banner(config, running, runtime.name, count), told: toldOn(config) })
  await stopped
  await running.close()
}

/** The ports that the first worker got; the first worker itself makes sure that they are free, and takes one where any will do. */
async function withPorts(config: Config, runtime: Runtime['name']): Promise<Config> {
  const known = process.env[WORKER_PORTS]?.split(',').map(Number)
  const listen = []
  for (const [i, settings] of listenersOf(config).entries()) {
    if (settings.unix === undefined) listen.push({ ...settings, port: known?.[i] ?? (await ownPort(settings)) })
    else if (runtime === 'Node') listen.push(settings)
    else throw new ConfigError([{ path: `listen[${i}].unix`, value: settings.unix, message: `processes cannot share a Unix socket on ${runtime}; take a port, or serve without --workers` }])
  }
  if (!config.admin) return { ...config, listen }
  const { host = '127.0.0.1', port = 9090 } = config.admin
  return { ...config, listen, admin: { ...config.admin, port: known?.[listen.length] ?? (await ownPort({ host, port })) } }
}

/** Joining others where they share a port would not fail. */
async function ownPort({ host = '0.0.0.0', port = 8080 }: ReturnType<typeof listenersOf>[number]): Promise<number> {
  try {
    return await freePort(host, port)
  } catch (error) {
    throw listenError({ host, port, unix: undefined }, error)
  }
}

/** A disk store counts and cleans its folder as if it were alone there. */
function inOwnFolders(worker: string): OpenStore {
  return (kind, name, settings) => openStore(kind, name, kind === 'disk' ? { ...settings, path: join(settings.path ?? '', `worker-${worker}`) } : settings)
}
