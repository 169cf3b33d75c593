// Listener settings with their defaults, and the life of several listeners as one.
import { setTimeout as sleep } from 'node:timers/promises'
import { type CheckedConfig, type Clock, type Config, ConfigError, type Gateway, type Issue, type ListenConfig, openGateway, type Transport, validateConfig } from '../../src/index.js'
import type { Peer } from '../../src/adapter.js'
import { acmeIssues, acmePlans } from '../acme/plan.js'
import type { AutomaticCertificates, CertificateSource } from '../acme/manage.js'
import type { ListenerAddress, Running, Server, StartOptions } from './adapter.js'
import { openAccessLog } from './access-log.js'
import { resolveFor } from '../dns/port.js'
import { openCounters, openStore } from '../stores/open.js'
import { zlibCompressors } from './compressors.js'
import { openFolder } from './folder.js'
import { redirecting, redirectPort } from './https-redirect.js'
import { listenersOf } from './listeners.js'
import { OwnAnswers } from './own-answers.js'
import type { Seeing } from '../observe/seeing.js'
import { openGeo } from './geo.js'
import { openFirewalls } from './rule-files.js'
import { readText } from './read-text.js'
import { unsentHints } from './unsent-hints.js'
import { unshownCertificates } from './shown-certificates.js'
import { tellEnds } from '../tls/ends.js'
import { ListenerCertificates } from '../tls/listeners.js'
import type { ServedTls } from '../tls/served.js'

/** Settings of one listener; every timer in milliseconds. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Path of a Unix socket; host and port are not used then. */
  readonly unix: string | undefined
  /** Whether other processes may listen there as well. */
  readonly reusePort: boolean
  /** What the keys of TLS session tickets are made of, where several processes are to take one another's. */
  readonly ticketSecret: string | undefined
  /** Networks whose connections begin with a PROXY header. */
  readonly proxiesFrom: readonly string[]
  /** Absent: plain HTTP. */
  readonly tls: ServedTls | undefined
  /** Whether HTTP/2 is spoken to clients that offer it in TLS. */
  readonly http2: boolean
  /** Certificates beside those of `tls`: answers to challenges, and those got on demand. */
  readonly certificates: CertificateSource | undefined
  /** The port with TLS to which all clients are sent; absent: they are served. */
  readonly redirectPort: number | undefined
  readonly adapter: 'native' | 'strict'
  /** For what the listener answers by itself. */
  readonly own: OwnAnswers
  /** How long an idle client connection stays open. */
  readonly keepAliveMs: number
  /** How long a client may take to send its request head. */
  readonly headersMs: number
  /** How long a client may send nothing of a body it has begun, or take nothing of an answer. */
  readonly stallMs: number
}

/** Largest request head that is read, in bytes. */
export const MAX_HEAD_BYTES = 32 * 1024

const DEFAULT_DRAIN_MS = 30_000

/** Keeps no process going. */
const CLOCK: Clock = {
  nowMs: () => Date.now(),
  sleep: (delayMs, signal) => sleep(delayMs, undefined, { signal, ref: false }).catch(() => {}),
}

/** A port that could not be listened on. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** A setting of a listener by its name. */
type ListenSetting = keyof ListenConfig | `tls.${keyof NonNullable<ListenConfig['tls']>}`

/** The settings of a listener that a runtime cannot honour, by name, each with what to do instead. */
export type Unsupported = (settings: ListenConfig) => Readonly<Partial<Record<ListenSetting, string>>>

/** What a runtime brings to a gateway that listens. */
export interface Runtime {
  createTransport(config: CheckedConfig): Transport & { close(): void | Promise<void> }
  open(gateway: Gateway, options: ListenOptions): Server | Promise<Server>
  /** Asked of every listener. */
  readonly unsupported?: Unsupported
  /** Whether a listener can send interim answers. Default: all can. */
  readonly informs?: (settings: ListenConfig) => boolean
}

/** Makes the gateway and opens its listeners, all or none. */
export async function startGateway(config: Config, { ports = {}, reusePort = false, ticketSecret, operations = {} }: StartOptions, { createTransport, open, unsupported = () => ({}), informs = () => true }: Runtime): Promise<Running> {
  const validation = validateConfig(config)
  if (validation.kind === 'invalid') throw new ConfigError(validation.issues)
  const certificates = new ListenerCertificates(validation.config)
  const known = [...unsupportedSettings(validation.config, unsupported), ...unsentHints(validation.config, informs), ...unshownCertificates(validation.config), ...acmeIssues(validation.config)]
  const plans = acmePlans(validation.config)
  // Not before all else is right: it makes folders.
  const automatic = plans.length === 0 || known.length > 0 ? undefined : await (await import('../acme/manage.js')).prepareCertificates(plans)
  const issues = [...known, ...(automatic?.issues ?? []), ...certificates.load(Date.now())]
  if (issues.length > 0) throw new ConfigError(issues)
  const geo = await openGeo(validation.config)
  const firewalls = await openFirewalls(validation.config)
  const log = openAccessLog(validation.config, ports.observe)
  const transport = createTransport(validation.config)
  const servers: Server[] = []
  const stopping = new AbortController()
  const told = log?.observe ?? ports.observe
  const seeing = validation.config.admin || validation.config.metrics ? await openSeeing(validation.config, { log: log?.output, certificates: () => certificates.ends(), connections: () => connectionsOf(servers) }, operations) : undefined
  const counted = seeing?.ports(told)
  const observe = counted?.observe ?? told ?? (() => {})
  let admin: Server | undefined
  const closeAll = async (timeoutMs: number): Promise<void> => {
    seeing?.drain()
    await automatic?.close()
    await Promise.all(servers.map((server) => server.close(timeoutMs)))
    // Last of all: whoever asks meanwhile is to hear that it is about to stop.
    await admin?.close(0)
    await transport.close()
    await Promise.all([log?.output, ...firewalls.audits].flatMap((output) => output?.close() ?? []))
  }
  try {
    const opened = openGateway(validation.config, { transport, read: readText, resolve: resolveFor(validation.config), openStore, openCounters, openFolder, compressors: zlibCompressors(), ...geo, ...firewalls.ports, ...ports, ...(told && { observe: told }), ...counted })
    const gateway = seeing?.around(opened) ?? opened
    gateway.watch(stopping.signal)
    const own = new OwnAnswers(seeing ? seeing.own(told) : told)
    for (const options of listenOptions(validation.config, certificates, automatic, { reusePort, ticketSecret, own })) servers.push(await listenOn(options, options.tls ? gateway : (automatic?.answering(gateway, own) ?? gateway), open))
    certificates.follow(servers, stopping.signal)
    if (certificates.all.length > 0) void tellEnds(() => certificates.all, ports.clock ?? CLOCK, observe, stopping.signal)
    automatic?.keepUp({ changed: () => certificates.renewChanged(servers), observe, signal: stopping.signal })
    if (seeing && validation.config.admin) admin = await listenOn(adminOptions(validation.config.admin, reusePort), seeing.admin(validation.config.admin), open)
    seeing?.push(stopping.signal)
    let closing: Promise<void> | undefined
    const close = (): Promise<void> => {
      stopping.abort()
      return (closing ??= closeAll(validation.config.drain?.timeout ?? DEFAULT_DRAIN_MS))
    }
    const listeners = servers.map(({ host, port, url, adapter }, i) => ({ host, port, url, adapter, certificates: () => certificates.shown(i) }))
    const renewCertificates = (): void => {
      certificates.renew(servers)
      automatic?.askAgain()
    }
    return { gateway, listeners, admin, perform: seeing && ((command) => seeing.perform(command)), reloadFailed: () => seeing?.reloadFailed(), reopenLog: () => [log?.output, ...firewalls.audits].forEach((output) => output?.reopen()), renewCertificates, close }
  } catch (error) {
    stopping.abort()
    await closeAll(0)
    throw error
  }
}

/** Loaded by those who ask for it only. */
async function openSeeing(...parameters: ConstructorParameters<typeof Seeing>): Promise<Seeing> {
  const loaded = await import('../observe/seeing.js')
  return new loaded.Seeing(...parameters)
}

async function connectionsOf(servers: readonly Server[]): Promise<number | undefined> {
  const counts = await Promise.all(servers.map(async ({ connections }) => connections?.()))
  return counts.some((count) => count !== undefined) ? counts.reduce<number>((sum, count = 0) => sum + count, 0) : undefined
}

function adminOptions({ host = '127.0.0.1', port = 9090 }: NonNullable<CheckedConfig['admin']>, reusePort: boolean): ListenOptions {
  return { host, port, unix: undefined, reusePort, ticketSecret: undefined, tls: undefined, certificates: undefined, redirectPort: undefined, proxiesFrom: [], adapter: 'native', http2: false, own: new OwnAnswers(undefined), keepAliveMs: 75_000, headersMs: 15_000, stallMs: 60_000 }
}

async function listenOn(options: ListenOptions, gateway: Gateway, open: Runtime['open']): Promise<Server> {
  try {
    return await open(options.redirectPort === undefined ? gateway : redirecting(gateway, options.redirectPort, options.own), options)
  } catch (error) {
    throw listenError(options, error)
  }
}

/** Says what could not be listened on, and why. */
export function listenError({ host, port, unix }: Pick<ListenOptions, 'host' | 'port' | 'unix'>, error: unknown): ListenError {
  return new ListenError(`cannot listen on ${unix ?? authority(host, port)}: ${reasonOf(error)}`, { cause: error })
}

/**
 * Whether a listener asks for the `strict` adapter. The transport that belongs to it then serves every listener: there
 * is one gateway, and what the strict adapter promises must hold behind it.
 */
export function asksForStrict(config: CheckedConfig): boolean {
  return listenersOf(config).some(({ settings }) => settings.adapter === 'strict')
}

function unsupportedSettings(config: CheckedConfig, unsupported: Unsupported): Issue[] {
  return listenersOf(config).flatMap(({ settings, path }) => Object.entries(unsupported(settings)).map(([name, message]) => ({ path: `${path}.${name}`, value: valueAt(settings, name), message })))
}

function valueAt(settings: unknown, name: string): unknown {
  return name.split('.').reduce((value, key) => (value as Record<string, unknown>)[key], settings)
}

function listenOptions(config: CheckedConfig, certificates: ListenerCertificates, automatic: AutomaticCertificates | undefined, shared: Pick<ListenOptions, 'reusePort' | 'ticketSecret' | 'own'>): ListenOptions[] {
  return listenersOf(config).map(({ settings }, i) => ({
    host: settings.host ?? '0.0.0.0',
    port: settings.port ?? 8080,
    unix: settings.unix,
    ...shared,
    tls: certificates.of(i),
    http2: settings.http2 ?? !('Bun' in globalThis || 'Deno' in globalThis),
    certificates: automatic?.sourceOf(i),
    redirectPort: redirectPort(settings, config),
    proxiesFrom: settings.proxyProtocol?.from ?? [],
    adapter: settings.adapter ?? 'native',
    keepAliveMs: settings.keepAlive ?? 75_000,
    headersMs: settings.headers ?? 15_000,
    stallMs: settings.idle ?? 60_000,
  }))
}

/** Describes an open listener; the URL is one that a browser on this machine can follow. */
export function describeListener({ host, unix, tls, adapter }: ListenOptions, port: number): ListenerAddress {
  if (unix !== undefined) return { host: unix, port: 0, url: `unix:${unix}`, adapter }
  const reachable = WHOLE_MACHINE.has(host) ? 'localhost' : host
  return { host, port, url: `${tls ? 'https' : 'http'}://${authority(reachable, port)}`, adapter }
}

/** Where clients connect to, for listeners that do not tell it of each connection: the port, and the address unless it is that of the whole machine. */
export function listenerEnd({ host, unix }: ListenOptions, port: number): Peer['local'] {
  return unix === undefined ? { address: WHOLE_MACHINE.has(host) ? undefined : host, port } : undefined
}

const WHOLE_MACHINE: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

function authority(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  if (code === 'EADDRINUSE' || /address already in use|in use/i.test(message ?? '')) return 'the port is in use'
  if (code === 'EACCES' || /permission denied/i.test(message ?? '')) return 'this user may not listen on that port'
  if (code === 'EADDRNOTAVAIL' || /not available|requested address/i.test(message ?? '')) return 'the host is no address of this machine'
  return message ?? String(error)
}
