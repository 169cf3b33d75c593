// The certificates of all listeners: read at start, and again when their files have changed.
import { X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import type { CheckedConfig, Issue, ListenConfig } from '../../src/index.js'
import { formatIssue } from '../../src/index.js'
import type { ListenerCertificate, Server } from '../shared/adapter.js'
import { listenersOf } from '../shared/listeners.js'
import { type LoadedTls, loadTls, type ServedTls } from './served.js'
import { serverTlsIssues } from './to-servers.js'

/** Files are looked at in this rhythm. Looking is certain, also where a link is turned to another folder; being told is not. */
const LOOK_EVERY_MS = 2000

interface Kept {
  readonly settings: NonNullable<ListenConfig['tls']>
  readonly path: string
  loaded: LoadedTls
  stamp: string
}

/** By the places of their listeners. */
export class ListenerCertificates {
  readonly #config: CheckedConfig
  readonly #kept = new Map<number, Kept>()

  constructor(config: CheckedConfig) {
    this.#config = config
  }

  /** Reads them all, and those for servers. Returns what is wrong. */
  load(nowMs: number): readonly Issue[] {
    const toServers = serverTlsIssues(this.#config, nowMs)
    const issues = [...toServers.issues]
    warn(toServers.warnings)
    for (const [i, { settings: { tls: settings }, path: above }] of listenersOf(this.#config).entries()) {
      if (!settings) continue
      const path = `${above}.tls`
      const loaded = loadTls(settings, path, nowMs)
      this.#kept.set(i, { settings, path, loaded, stamp: stampOf(loaded.files) })
      if (loaded.kind === 'faults') issues.push(...loaded.issues)
      else warn(loaded.warnings)
    }
    return issues
  }

  of(listener: number): ServedTls | undefined {
    const loaded = this.#kept.get(listener)?.loaded
    return loaded?.kind === 'tls' ? loaded.tls : undefined
  }

  /** What a listener shows now. */
  shown(listener: number): readonly ListenerCertificate[] {
    return (this.of(listener)?.certificates ?? []).map(({ cert, hosts, fromMs, toMs, origin }) => ({ hosts, notBeforeMs: fromMs, notAfterMs: toMs, fingerprint256: new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase(), origin }))
  }

  /** What all of them show now. */
  get all(): readonly ListenerCertificate[] {
    return [...this.#kept.keys()].flatMap((listener) => this.shown(listener))
  }

  /** Has listeners show what has changed by now. */
  renewChanged(servers: readonly Server[]): void {
    this.renew(servers, (kept) => stampOf(kept.loaded.files) !== kept.stamp)
  }

  /** When those that are shown end. */
  ends(): { readonly name: string; readonly endsMs: number }[] {
    return [...this.#kept.keys()].flatMap((listener) => this.shown(listener)).flatMap(({ hosts, notAfterMs, origin }) => (origin === 'placeholder' ? [] : [{ name: hosts.join(','), endsMs: notAfterMs }]))
  }

  /** Has listeners show what their files hold, once these change. */
  follow(servers: readonly Server[], until: AbortSignal): void {
    const following = [...this.#kept].filter(([, { loaded }]) => loaded.files.length > 0)
    if (following.length === 0) return
    for (const [i, { path }] of following) if (!servers[i]!.renew) warn([`${path}: ${AT_RESTART}: ${servers[i]!.keepsCertificates}`])
    const look = setInterval(() => this.renewChanged(servers), LOOK_EVERY_MS)
    look.unref()
    until.addEventListener('abort', () => clearInterval(look), { once: true })
  }

  /** Reads them again. Those with a fault, as of which half has been written, stay what they were. */
  renew(servers: readonly Server[], isDue: (kept: Kept) => boolean = () => true): void {
    for (const [i, kept] of this.#kept) {
      if (!isDue(kept)) continue
      kept.stamp = stampOf(kept.loaded.files)
      const loaded = loadTls(kept.settings, kept.path, Date.now())
      const { renew } = servers[i]!
      if (loaded.kind === 'faults') warn(loaded.issues.map((issue) => `the certificates stay as they were: ${formatIssue(issue)}`))
      else if (!renew) warn([`${kept.path}: ${AT_RESTART}`])
      else if (show(renew, loaded.tls, kept.path)) {
        warn(loaded.warnings)
        kept.loaded = loaded
      }
    }
  }
}

const AT_RESTART = 'certificates that have changed are shown after a restart only'

/** Whether a listener shows them now; where it cannot, that is told. */
function show(renew: NonNullable<Server['renew']>, tls: ServedTls, path: string): boolean {
  try {
    renew(tls)
    return true
  } catch (error) {
    warn([`${path}: the certificates stay as they were: ${(error as Error).message}`])
    return false
  }
}

/** Changes with any of the files. */
function stampOf(files: readonly string[]): string {
  return files.map((file) => {
    try {
      const { mtimeMs, size, ino } = statSync(file)
      return `${mtimeMs} ${size} ${ino}`
    } catch {
      // Not there, or not to be reached.
      return ''
    }
  }).join(' ')
}

function warn(warnings: readonly string[]): void {
  for (const warning of warnings) process.emitWarning(warning)
}
