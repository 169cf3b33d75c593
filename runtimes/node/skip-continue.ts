// Takes 100 Continue out of what undici reads of a server: nobody asked for it, it changes nothing, and undici would close the connection (RFC 9110 §15.2.1).
import type { Socket } from 'node:net'
import { MAX_INTERIM_ANSWERS } from '../shared/interim-answers.js'

/** What the bytes at the start of an answer are. */
export type Start =
  /** Too little to tell. */
  | { readonly kind: 'unclear' }
  /** An interim answer of so many bytes; one that says `continue` is to be left out. */
  | { readonly kind: 'interim'; readonly bytes: number; readonly continues: boolean }
  /** The answer itself, or something that is for the parser to refuse. */
  | { readonly kind: 'final' }

const UNCLEAR: Start = { kind: 'unclear' }
const FINAL: Start = { kind: 'final' }
/** `HTTP/1.1 1`: where the first digit of the status stands. */
const STATUS_AT = 9
const ONE = 0x31
/** Larger heads are for the parser to refuse. */
const MAX_HEAD_BYTES = 64 * 1024

/** Looks at the start of an answer. The interim answers that it knows are well formed: their lines end in CRLF and hold no other CR or LF. */
export function startOf(bytes: Buffer): Start {
  if (bytes.byteLength <= STATUS_AT) return UNCLEAR
  if (bytes[STATUS_AT] !== ONE) return FINAL
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return bytes.byteLength < MAX_HEAD_BYTES ? UNCLEAR : FINAL
  const head = bytes.toString('latin1', 0, end)
  const status = /^HTTP\/1\.[01] (1\d\d)(?: [^\r\n]*)?(?:\r\n[^\r\n]+)*$/.exec(head)?.[1]
  // After a 101 comes another protocol.
  if (status === undefined || status === '101') return FINAL
  return { kind: 'interim', bytes: end + 4, continues: status === '100' }
}

/** Stands between a socket and the undici client that reads it. */
export class ContinueFilter {
  #answerDue = false
  #held: Buffer | undefined
  #skipped = 0

  constructor(socket: Socket) {
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null
    socket.read = (size?: number): Buffer | null => {
      const bytes = read(size)
      return this.#answerDue && bytes !== null ? this.#filtered(bytes) : bytes
    }
  }

  /** A request goes out; what is read next is the start of its answer. */
  expectAnswer(): void {
    this.#answerDue = true
    this.#held = undefined
    this.#skipped = 0
  }

  /** The bytes without each 100; null while it is unclear what they are. */
  #filtered(bytes: Buffer): Buffer | null {
    let rest = this.#held ? Buffer.concat([this.#held, bytes]) : bytes
    this.#held = undefined
    const passed: Buffer[] = []
    for (;;) {
      const start = startOf(rest)
      if (start.kind === 'interim') {
        // After too many it is left to undici, which closes the connection.
        if (!start.continues || ++this.#skipped > MAX_INTERIM_ANSWERS) passed.push(rest.subarray(0, start.bytes))
        rest = rest.subarray(start.bytes)
        if (rest.byteLength > 0) continue
      } else if (start.kind === 'unclear') {
        this.#held = rest
      } else {
        this.#answerDue = false
        if (passed.length === 0) return rest
        passed.push(rest)
      }
      return passed.length === 0 ? null : Buffer.concat(passed)
    }
  }
}
