// What a gateway that listens tells of itself: metrics, and the admin listener. Loaded where the configuration asks for it.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { CheckedConfig, Gateway, Issue, Ports } from '../../src/index.js'
import { type AdminCommand, adminOf, type AdminResult, createMetrics, type Family, LOG_LEVELS, perform, type Process } from '../../src/observe/index.js'
import type { Operations } from '../shared/adapter.js'
import type { LogOutput } from '../shared/log-output.js'
import { answering } from './admin-listener.js'
import { ProcessMeter } from './process-families.js'
import { pushing } from './push.js'
import { ownVersion } from './version.js'

/** What is asked of the listeners when somebody wants to know. */
export interface Outside {
  readonly log: LogOutput | undefined
  /** When certificates end, by what they are called, in milliseconds since 1970. */
  readonly certificates: () => readonly { readonly name: string; readonly endsMs: number }[]
  /** Connections of clients that are open, where the runtime tells. */
  readonly connections: () => Promise<number | undefined>
}

export type AdminSettings = NonNullable<CheckedConfig['admin']>

export class Seeing {
  readonly #metrics = createMetrics()
  readonly #process = new ProcessMeter()
  readonly #outside: Outside
  readonly #operations: Operations
  readonly #startedMs = Date.now()
  #config: CheckedConfig
  #gateway: Gateway | undefined
  #ready = true
  #reloads = { well: 0, badly: 0, lastWell: true, lastWellMs: Date.now() }
  #connections: number | undefined

  constructor(config: CheckedConfig, outside: Outside, operations: Operations) {
    this.#config = config
    this.#outside = outside
    this.#operations = operations
  }

  /** The ports that have the gateway counted; `others` are told of events as well. */
  ports(others: Ports['observe'] | undefined): Required<Pick<Ports, 'observe' | 'meter'>> {
    const { observe, meter } = this.#metrics
    return { observe: others ? (event) => { observe(event); others(event) } : observe, meter }
  }

  /** Told of what listeners answer by themselves, which no gateway has begun. */
  own(others: Ports['observe'] | undefined): Ports['observe'] {
    return (event) => {
      this.#metrics.observeOwn(event)
      others?.(event)
    }
  }

  around(gateway: Gateway): Gateway {
    const counted = this.#metrics.around(gateway)
    return (this.#gateway = {
      ...counted,
      reload: (config) => {
        gateway.reload(config)
        this.#config = config
        const { well, badly } = this.#reloads
        this.#reloads = { well: well + 1, badly, lastWell: true, lastWellMs: Date.now() }
      },
    })
  }

  reloadFailed(): void {
    this.#reloads = { ...this.#reloads, badly: this.#reloads.badly + 1, lastWell: false }
  }

  /** The gateway is about to stop. */
  drain(): void {
    this.#ready = false
  }

  /** Does what an operator wants done, in this process. */
  async perform(command: AdminCommand): Promise<AdminResult> {
    if (command.kind === 'metrics') this.#connections = await this.#outside.connections()
    return perform(command, this.#own)
  }

  /** The API in the place of the gateway. */
  admin({ host = '127.0.0.1', token, readToken, hosts = [] }: AdminSettings): Gateway {
    const { others } = this.#operations
    const ask = async (command: AdminCommand): Promise<readonly AdminResult[]> => (others && (await others(command))) ?? [await this.perform(command)]
    return answering(this.#gateway!, adminOf({ ask, ready: () => this.#ready, version: ownVersion() }, { token, readToken, hosts: [host, ...hosts] }))
  }

  /** Sends metrics to a collector until the signal is aborted, and once more then. */
  push(until: AbortSignal): void {
    const { otlp, service = 'fetchgate' } = this.#config.metrics ?? {}
    if (otlp) pushing({ ...otlp, resource: { service, instance: `${hostname()}:${randomUUID()}`, version: ownVersion() }, startedMs: this.#startedMs, families: async () => {
      const told = await this.perform({ kind: 'metrics' })
      return told.kind === 'metrics' ? told.families : []
    } }, until)
  }

  get #own(): Process {
    const { reload, setLogLevel } = this.#operations
    return {
      gateway: this.#gateway!,
      config: () => this.#config,
      about: { version: ownVersion(), startedAt: new Date(this.#startedMs).toISOString(), lastReloadAt: this.#reloads.well === 0 ? null : new Date(this.#reloads.lastWellMs).toISOString(), logLevels: LOG_LEVELS },
      families: () => this.#families(),
      reload: reload && ((): Promise<readonly Issue[]> => reload()),
      setLogLevel,
    }
  }

  #families(): Family[] {
    const { well, badly, lastWell, lastWellMs } = this.#reloads
    const { log, certificates } = this.#outside
    return [
      ...this.#metrics.collect(this.#gateway!.inspect()),
      one('http.server.open_connections', 'gauge', '', 'Connections of clients that are open.', this.#connections),
      { name: 'fetchgate.config.reloads', kind: 'counter', unit: '', together: 'max', help: 'Readings of the configuration since the start, by how they went.', points: [{ attributes: { result: 'success' }, value: well }, { attributes: { result: 'failure' }, value: badly }] },
      { ...one('fetchgate.config.last_reload.success', 'gauge', '', 'Whether the last reading of the configuration went well.', Number(lastWell)), together: 'min' },
      { ...one('fetchgate.config.last_reload.success.time', 'gauge', 's', 'When the configuration in force was read, since 1970; of several processes the oldest.', lastWellMs / 1000), together: 'min' },
      one('fetchgate.access_log.dropped', 'counter', '', 'Lines of the access log that were dropped because its file or reader did not keep up.', log?.dropped),
      { name: 'fetchgate.tls.certificate.end', kind: 'gauge', unit: 's', together: 'min', help: 'When the certificates that are shown end, since 1970.', points: firstEnds(certificates()).map(([name, endsMs]) => ({ attributes: { 'server.name': name }, value: endsMs / 1000 })) },
      ...this.#process.families(),
    ]
  }
}

/** Several listeners may show certificates for the same names: what counts is which ends first. */
function firstEnds(certificates: ReturnType<Outside['certificates']>): [string, number][] {
  const ends = new Map<string, number>()
  for (const { name, endsMs } of certificates) ends.set(name, Math.min(endsMs, ends.get(name) ?? Infinity))
  return [...ends]
}

function one(name: string, kind: 'counter' | 'gauge', unit: Family['unit'], help: string, value: number | undefined): Family {
  return { name, kind, unit, together: 'sum', help, points: value === undefined ? [] : [{ attributes: {}, value }] }
}
