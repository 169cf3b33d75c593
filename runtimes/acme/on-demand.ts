// Certificates for hosts that are in no configuration: found in the storage, or got when a client asks for one and a service of the operator's says yes.
import { statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { domainFault } from '../../src/adapter.js'
import type { CertificateEvent } from '../../src/index.js'
import { type Bundle, readBundle } from './bundle.js'
import type { AcmeSettings } from './held.js'
import { readText, type Storage } from './storage.js'
import type { Upkeep } from './upkeep.js'
import { Verdicts } from './verdicts.js'
import type { MadePair } from './x509.js'

const VERDICT_MS = 60_000
/** A service that did not answer is asked again after so long. */
const FAILED_MS = 5000
const ASK_MS = 5000
const MOST_VERDICTS = 10_000
const MOST_KEPT = 1000
/** Clients that ask for new names beyond so many at a time are shown what others are shown. */
const MOST_WAITING = 100
/** Files are looked at in this rhythm. */
const LOOK_EVERY_MS = 2000

interface Kept {
  readonly stamp: string
  readonly bundle: Bundle | undefined
  lookedAtMs: number
}

export class OnDemand {
  readonly #storage: Storage
  readonly #ask: string
  readonly #verdicts = new Verdicts(MOST_VERDICTS)
  readonly #kept = new Map<string, Kept>()
  readonly #waiting = new Map<string, Promise<MadePair | undefined>>()
  #upkeep: Upkeep | undefined
  #observe: (event: CertificateEvent) => void = () => {}

  constructor(storage: Storage, { ask }: NonNullable<AcmeSettings['onDemand']>) {
    this.#storage = storage
    this.#ask = ask
  }

  /** Who gets certificates, once someone does. */
  by(upkeep: Upkeep, observe: (event: CertificateEvent) => void): void {
    this.#upkeep = upkeep
    this.#observe = observe
  }

  /** Never rejects. The same object as long as the certificate is the same. */
  async certificateFor(written: string): Promise<MadePair | undefined> {
    const name = written.toLowerCase().replace(/\.$/, '')
    // Of one label no authority certifies any, and clients make up many.
    if (!name.includes('.') || domainFault(name) !== undefined) return undefined
    const held = this.#held(name)
    if (held) return held
    const waited = this.#waiting.get(name)
    if (waited) return waited
    if (this.#waiting.size >= MOST_WAITING || this.#verdicts.of(name, Date.now()) === false) return undefined
    const got = this.#get(name)
      .catch((error: Error) => void process.emitWarning(error))
      .finally(() => this.#waiting.delete(name))
    this.#waiting.set(name, got)
    return got
  }

  async #get(name: string): Promise<MadePair | undefined> {
    if (!(await this.#mayHave(name)) || !(await this.#upkeep?.obtain(name))) return undefined
    this.#kept.delete(name)
    return this.#held(name)
  }

  async #mayHave(name: string): Promise<boolean> {
    const known = this.#verdicts.of(name, Date.now())
    if (known !== undefined) return known
    try {
      const allowed = (await statusOf(`${this.#ask}${this.#ask.includes('?') ? '&' : '?'}domain=${encodeURIComponent(name)}`)) === 200
      this.#verdicts.keep(name, allowed, Date.now() + VERDICT_MS)
      return allowed
    } catch (error) {
      this.#verdicts.keep(name, false, Date.now() + FAILED_MS)
      this.#observe({ kind: 'certificate', change: 'failed', hosts: [name], notAfterMs: undefined, detail: `"ask" could not be asked: ${(error as Error).message}` })
      return false
    }
  }

  #held(name: string): Bundle | undefined {
    const nowMs = Date.now()
    const kept = this.#kept.get(name)
    if (kept && nowMs - kept.lookedAtMs < LOOK_EVERY_MS) return kept.bundle
    const file = this.#storage.certificateFile(name)
    const found = statSync(file, { throwIfNoEntry: false })
    if (!found) return undefined
    const stamp = `${found.mtimeMs} ${found.size} ${found.ino}`
    const bundle = kept?.stamp === stamp ? kept.bundle : readBundle(readText(file) ?? '')
    this.#kept.delete(name)
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(name, { stamp, bundle, lookedAtMs: nowMs })
    return bundle
  }
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, { agent: false, timeout: ASK_MS }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('timeout', () => request.destroy(new Error(`nothing within ${ASK_MS / 1000} s`)))
    request.on('error', reject)
    request.end()
  })
}
