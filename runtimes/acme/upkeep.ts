// Keeps the certificates of one listener: orders what is missing, renews in time, and waits after failures. Of several processes one does it.
import { createHash, X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import type { CertificateEvent } from '../../src/index.js'
import { pemBlocks, readPem } from '../tls/pem.js'
import { AcmeClient, type AccountKey } from './client.js'
import { AcmeError } from './fault.js'
import { Lock } from './lock.js'
import { obtain } from './order.js'
import type { AcmePlan } from './plan.js'
import { afterEarly, askAgainAt, dueFor, type Due, type Held, isEarly, lastHour, mayOrder, type NameState, retryDelayMs, timeInWindow } from './renewal.js'
import { readText, writeWhole } from './storage.js'
import { newAccountKey, renewalId } from './x509.js'

/** What upkeep tells, and when it ends. */
export interface UpkeepPorts {
  /** Is called when files of certificates have changed. */
  readonly changed: () => void
  readonly observe: (event: CertificateEvent) => void
  readonly signal: AbortSignal
}

const MOST_WAIT_MS = 6 * 3_600_000
/** How long until another look where another process holds the lock. */
const BUSY_MS = 2000
const ASK_FAILED_MS = 3_600_000
/** How long one who wants a certificate on demand waits for others who order. */
const TURN_MS = 60_000
const TURN_POLL_MS = 200

export class Upkeep {
  readonly #plan: AcmePlan
  readonly #ports: UpkeepPorts
  readonly #held = new Map<string, { readonly stamp: string; readonly held: Held | undefined }>()
  #client: AcmeClient | undefined
  /** Whether the authority tells when to renew; until it has been asked, perhaps. */
  #asks = true
  #away = 0
  #pausedUntilMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #round: Promise<void> | undefined

  constructor(plan: AcmePlan, ports: UpkeepPorts) {
    this.#plan = plan
    this.#ports = ports
    ports.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
  }

  /** Does what is due, and goes on doing so. */
  look(): void {
    if (this.#ports.signal.aborted || this.#round) return
    clearTimeout(this.#timer)
    this.#round = this.#doDue()
      .catch((error: Error) => {
        process.emitWarning(`${this.#plan.path}: ${error.message}`)
        return MOST_WAIT_MS / 100
      })
      .then((waitMs) => {
        this.#round = undefined
        if (this.#ports.signal.aborted) return
        this.#timer = setTimeout(() => this.look(), Math.min(MOST_WAIT_MS, Math.max(1000, waitMs)))
        this.#timer.unref()
      })
  }

  /** Asks the authority again whether a certificate is to be renewed, as when it has told that it takes some back. */
  askAgain(): void {
    for (const name of this.#names()) {
      const { ari, ...state } = this.#plan.storage.stateOf(name)
      if (ari) this.#plan.storage.remember(name, { ...state, ari: { ...ari, askAtMs: 0 } })
    }
    this.look()
  }

  /** Resolves once nothing is under way any more; to be called after the signal. */
  async close(): Promise<void> {
    await this.#round
  }

  /** Gets a certificate for one more name now. Resolves to whether there is one then. */
  async obtain(name: string): Promise<boolean> {
    const { storage, settings } = this.#plan
    const deadlineMs = performance.now() + TURN_MS
    while (!this.#ports.signal.aborted && performance.now() < deadlineMs) {
      if (this.#heldOf(name)) return true
      if (this.#due(name).kind !== 'order' || this.#pausedUntilMs > Date.now()) return false
      const lock = this.#takeLock()
      if (lock) {
        try {
          const times = lastHour(Date.now(), storage.orderedOnDemand())
          if (!mayOrder(Date.now(), times, settings.onDemand?.perHour ?? DEFAULT_PER_HOUR)) return false
          storage.keepOrderedOnDemand([...times, Date.now()])
          await this.#attend(name)
        } finally {
          lock.release()
        }
        return this.#heldOf(name) !== undefined
      }
      await new Promise((resolve) => setTimeout(resolve, TURN_POLL_MS))
    }
    return false
  }

  #names(): readonly string[] {
    const { domains, settings, storage } = this.#plan
    return settings.onDemand ? [...new Set([...domains, ...storage.names()])] : domains
  }

  /** How long until something is due again. */
  async #doDue(): Promise<number> {
    const left = (): { name: string; due: Due }[] => this.#names().map((name) => ({ name, due: this.#due(name) }))
    const nowMs = Date.now()
    if (this.#pausedUntilMs > nowMs) return this.#pausedUntilMs - nowMs
    const work = left().filter(({ due }) => due.kind !== 'wait')
    if (work.length > 0) {
      const lock = this.#takeLock()
      if (!lock) return BUSY_MS * (1 + Math.random())
      try {
        for (const { name } of work) {
          if (this.#ports.signal.aborted || !lock.isHeld || this.#pausedUntilMs > Date.now()) break
          await this.#attend(name)
        }
      } finally {
        lock.release()
      }
    }
    const untilMs = Math.min(...left().map(({ due }) => (due.kind === 'wait' ? due.untilMs : 0)))
    return Math.max(untilMs, this.#pausedUntilMs) - Date.now()
  }

  #takeLock(): Lock | undefined {
    const { storage } = this.#plan
    const lock = Lock.take(storage.lock)
    // Whoever held it before has let go of its challenges, or was killed.
    if (lock) storage.withdrawAll()
    return lock
  }

  /** Does for a name what is due: by now another process may have done it. */
  async #attend(name: string): Promise<void> {
    if (this.#due(name).kind === 'ask') await this.#ask(name)
    if (this.#due(name).kind === 'order') await this.#order(name)
  }

  #due(name: string): Due {
    return dueFor(Date.now(), this.#heldOf(name), this.#plan.storage.stateOf(name), this.#asks)
  }

  async #ask(name: string): Promise<void> {
    const { storage } = this.#plan
    const held = this.#heldOf(name)!
    const state = storage.stateOf(name)
    try {
      const client = await this.#account()
      const { renewalInfo } = await client.directory()
      const id = renewalInfo === undefined ? undefined : await renewalId(this.#certificate(name)!)
      if (renewalInfo === undefined || id === undefined) {
        this.#asks = false
        return
      }
      const reply = await client.get(`${renewalInfo.replace(/\/$/, '')}/${id}`)
      const window = windowOf(reply.text)
      if (reply.status !== 200 || !window) throw new AcmeError('away', `status ${reply.status}`)
      storage.remember(name, { ...state, ari: { id: held.id, askAtMs: askAgainAt(Date.now(), reply.retryAfterMs), renewAtMs: timeInWindow(window, Math.random()) } })
    } catch (error) {
      if (!(error instanceof AcmeError)) throw error
      // Not worth a word: without an answer the certificate is renewed by its age.
      const { renewAtMs } = state.ari?.id === held.id ? state.ari : {}
      storage.remember(name, { ...state, ari: { id: held.id, askAtMs: Date.now() + ASK_FAILED_MS, ...(renewAtMs === undefined ? {} : { renewAtMs }) } })
    }
  }

  async #order(name: string): Promise<void> {
    const { storage, ways, settings } = this.#plan
    const held = this.#heldOf(name)
    const state = storage.stateOf(name)
    try {
      const client = await this.#account()
      const replaces = held && this.#asks && (await client.directory()).renewalInfo !== undefined ? await renewalId(this.#certificate(name)!) : undefined
      // After a failure the other way has its turn.
      const turned = [...ways.slice((state.failures ?? 0) % ways.length), ...ways.slice(0, (state.failures ?? 0) % ways.length)]
      const chain = await obtain(client, { name, ways: turned, profile: settings.profile, replaces }, storage, this.#ports.signal)
      if (!heldIn(chain)) throw new AcmeError('away', 'what the authority gave is no certificate')
      writeWhole(storage.certificateFile(name), chain)
      const early = held && isEarly(Date.now(), held) ? (state.early ?? 0) + 1 : 0
      storage.remember(name, { early, notBeforeMs: afterEarly(early, Date.now()) })
      this.#away = 0
      this.#ports.observe({ kind: 'certificate', change: 'obtained', hosts: [name], notAfterMs: this.#heldOf(name)?.toMs, detail: '' })
      this.#ports.changed()
    } catch (error) {
      if (this.#ports.signal.aborted) return
      if (!(error instanceof AcmeError)) throw error
      this.#failed(name, state, error)
    }
  }

  /** An authority that is away is away for all names; one that refuses does so for one. */
  #failed(name: string, state: NameState, error: AcmeError): void {
    const { storage } = this.#plan
    if (error.type === 'accountDoesNotExist') {
      storage.forgetAccount()
      this.#client = undefined
    }
    const failures = error.kind === 'away' ? ++this.#away : (state.failures ?? 0) + 1
    const nextMs = Date.now() + retryDelayMs(failures, error.kind, error.retryAfterMs, Math.random())
    if (error.kind === 'away') this.#pausedUntilMs = nextMs
    else storage.remember(name, { ...state, failures, notBeforeMs: nextMs, lastError: error.message })
    this.#ports.observe({ kind: 'certificate', change: 'failed', hosts: [name], notAfterMs: this.#heldOf(name)?.toMs, detail: `${error.message}; tried again ${new Date(nextMs).toISOString()}` })
  }

  /** The client in the name of our account, which is made where there is none. */
  async #account(): Promise<AcmeClient> {
    if (this.#client) return this.#client
    const { storage, directory, settings: { email, eab, ca } } = this.#plan
    const read = ca === undefined ? undefined : readPem(ca)
    if (read?.kind === 'fault') throw new AcmeError('away', read.message)
    const how = { ca: read?.text, signal: this.#ports.signal }
    const kept = storage.account()
    if (kept && kept.kid === eab?.kid) return (this.#client = new AcmeClient(directory, kept.key, kept.url, how))
    const key: AccountKey = await newAccountKey()
    const client = new AcmeClient(directory, key, undefined, how)
    const url = await client.register(email, eab).catch((error: unknown) => {
      // Without an account nothing can be got for any name.
      throw error instanceof AcmeError ? new AcmeError('away', `no account: ${error.message}`, { retryAfterMs: error.retryAfterMs, cause: error }) : error
    })
    storage.keepAccount({ url, email, kid: eab?.kid, key })
    return (this.#client = client)
  }

  #certificate(name: string): string | undefined {
    return pemBlocks(readText(this.#plan.storage.certificateFile(name)) ?? '', 'CERTIFICATE')[0]
  }

  #heldOf(name: string): Held | undefined {
    const file = this.#plan.storage.certificateFile(name)
    const found = statSync(file, { throwIfNoEntry: false })
    const stamp = found ? `${found.mtimeMs} ${found.size} ${found.ino}` : ''
    const known = this.#held.get(name)
    if (known?.stamp === stamp) return known.held
    const held = heldIn(readText(file) ?? '')
    this.#held.set(name, { stamp, held })
    return held
  }
}

const DEFAULT_PER_HOUR = 20

/** The first certificate of a text; undefined where it cannot be read, so that another is got. */
function heldIn(text: string): Held | undefined {
  const block = pemBlocks(text, 'CERTIFICATE')[0]
  if (block === undefined) return undefined
  try {
    const { validFrom, validTo, raw } = new X509Certificate(block)
    return { fromMs: Date.parse(validFrom), toMs: Date.parse(validTo), id: createHash('sha256').update(raw).digest('base64url') }
  } catch {
    return undefined
  }
}

/** The window in which to renew (RFC 9773 §4.2); undefined for what is none. */
function windowOf(text: string): { fromMs: number; toMs: number } | undefined {
  try {
    const { suggestedWindow: { start, end } } = JSON.parse(text) as { suggestedWindow: { start: string; end: string } }
    const [fromMs, toMs] = [Date.parse(start), Date.parse(end)]
    return fromMs <= toMs ? { fromMs, toMs } : undefined
  } catch {
    return undefined
  }
}
