// The keys of session tickets (RFC 8446 §4.6.1): the same in every process that knows the secret, another one every 12 hours. Time is an argument.
import { createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { ServedTls } from './served.js'

/** How long tickets are good for at most, so that whoever gets a key opens no more than that. */
const KEY_MS = 12 * 3_600_000
const KEY_BYTES = 48
const ID_BYTES = 16

/** Keys of one listener. */
export class TicketKeys {
  readonly #secret: string
  readonly #listener: string

  /** Processes with one secret take one another's tickets; without it, each takes its own. */
  constructor(secret: string | undefined, listener: string) {
    this.#secret = secret ?? randomBytes(32).toString('hex')
    this.#listener = listener
  }

  /** Tells its sessions from those of other listeners. */
  get sessionIdContext(): string {
    return this.#derive('context', ID_BYTES).toString('hex')
  }

  /** Other settings have other keys: a session of a client who was believed then must not be taken up when that is over. */
  keyAt(nowMs: number, tls: ServedTls): Buffer {
    const settings = createHash('sha256').update(JSON.stringify(tls)).digest('hex')
    return this.#derive(`${Math.floor(nowMs / KEY_MS)} ${settings}`, KEY_BYTES)
  }

  #derive(purpose: string, bytes: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, '', `${this.#listener} ${purpose}`, bytes))
  }
}

/** When the next key is due. */
export function nextKeyInMs(nowMs: number): number {
  return KEY_MS - (nowMs % KEY_MS)
}
