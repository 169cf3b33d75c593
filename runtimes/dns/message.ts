// DNS messages: a question as bytes, and what an answer in bytes says to it (RFC 1035 §4, RFC 2782, RFC 3596).

/** The kinds of record that lead to servers. */
export type RecordType = 'A' | 'AAAA' | 'SRV'

/** Where a service is, and in which order and shares to ask for it (RFC 2782). */
export interface ServiceRecord {
  /** The lowest is asked first. */
  readonly priority: number
  /** Share among those of one priority. */
  readonly weight: number
  readonly port: number
  /** A name, without the dot at its end. */
  readonly target: string
}

/** What a record of a kind holds; an address is in its text form. */
export type RecordOf<T extends RecordType> = T extends 'SRV' ? ServiceRecord : string

/** What a server answered. */
export type Reply<T extends RecordType> =
  /** No records means that there are none, of this kind (`exists`) or of any. `ttlSeconds` is undefined where nothing told it. */
  | { readonly kind: 'records'; readonly records: readonly RecordOf<T>[]; readonly exists: boolean; readonly ttlSeconds: number | undefined }
  /** To be asked again over TCP. */
  | { readonly kind: 'truncated' }
  /** The server could not tell; the code is that of RFC 1035 §4.1.1. */
  | { readonly kind: 'failure'; readonly code: number }
  /** No answer to this question, and perhaps somebody else's work: to be ignored. */
  | { readonly kind: 'stray' }

const TYPES = { A: 1, AAAA: 28, SRV: 33 } as const satisfies Record<RecordType, number>
const TYPE_CNAME = 5
const TYPE_SOA = 6
const CLASS_INTERNET = 1
const NO_SUCH_NAME = 3
const HEADER_BYTES = 12
const MAX_NAME_BYTES = 255
const MAX_ALIASES = 16
/** Jumps within a name; it has no more labels than that. Without a limit a message could make each of its names cost thousands. */
const MAX_JUMPS = 127
/** Letters, digits and hyphens, and the underscore of service names; anything else could end up in a URL as more than a name. */
const HOST_LABEL = /^[\w-]+$/

/** The question in bytes; undefined when the name is none that DNS can carry. */
export function encodeQuery(id: number, name: string, type: RecordType): Buffer | undefined {
  const labels = name.replace(/\.$/, '').split('.')
  const written = labels.map((label) => Buffer.from(label, 'latin1'))
  if (written.some(({ byteLength }) => byteLength === 0 || byteLength > 63)) return undefined
  const question = Buffer.concat([...written.flatMap((label) => [Buffer.of(label.byteLength), label]), Buffer.of(0)])
  if (question.byteLength > MAX_NAME_BYTES) return undefined
  // Recursion is desired, and one question asked.
  const head = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return Buffer.concat([head, question, Buffer.of(0, TYPES[type], 0, CLASS_INTERNET)])
}

/** Reads what came back for a question. */
export function decodeReply<T extends RecordType>(bytes: Buffer, id: number, name: string, type: T): Reply<T> {
  try {
    return read(new Reader(bytes), id, name, type)
  } catch (error) {
    // What ends early, or goes in circles, answers nothing.
    if (error instanceof RangeError) return { kind: 'stray' }
    throw error
  }
}

function read<T extends RecordType>(reader: Reader, id: number, name: string, type: T): Reply<T> {
  const [answered, flags] = [reader.u16(), reader.u16()]
  const [questions, answers, authorities] = [reader.u16(), reader.u16(), reader.u16()]
  reader.skip(2)
  const isAnswer = answered === id && (flags & 0x8000) !== 0 && questions === 1
  const isOurs = isAnswer && sameName(reader.name(), name) && reader.u16() === TYPES[type] && reader.u16() === CLASS_INTERNET
  if (!isOurs) return { kind: 'stray' }
  if ((flags & 0x0200) !== 0) return { kind: 'truncated' }
  const code = flags & 15
  if (code !== 0 && code !== NO_SUCH_NAME) return { kind: 'failure', code }
  const found = pick(Array.from({ length: answers }, () => reader.record()), name, type, reader)
  if (found.records.length > 0) return { kind: 'records', ...found, exists: true }
  const start = Array.from({ length: authorities }, () => reader.record()).find((record) => record.type === TYPE_SOA)
  return { kind: 'records', records: [], exists: code === 0, ttlSeconds: start && Math.min(start.ttlSeconds, reader.u32At(start.end - 4)) }
}

/** The records of the name, through its aliases. They may be kept for as long as the shortest part of the way to them. */
function pick<T extends RecordType>(found: readonly RawRecord[], name: string, type: T, reader: Reader): { records: RecordOf<T>[]; ttlSeconds: number } {
  let [owner, ttlSeconds] = [name, Infinity]
  for (let i = 0; i < MAX_ALIASES; i++) {
    const alias = found.find((record) => record.type === TYPE_CNAME && sameName(record.owner, owner))
    if (!alias) break
    owner = reader.nameAt(alias.start)
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds)
  }
  const own = found.filter((record) => record.type === TYPES[type] && sameName(record.owner, owner))
  return {
    records: own.map((record) => contentOf(record, type, reader) as RecordOf<T>),
    ttlSeconds: own.reduce((least, record) => Math.min(least, record.ttlSeconds), ttlSeconds),
  }
}

function contentOf({ start, end }: RawRecord, type: RecordType, reader: Reader): string | ServiceRecord {
  if (type === 'SRV') return { priority: reader.u16At(start), weight: reader.u16At(start + 2), port: reader.u16At(start + 4), target: reader.nameAt(start + 6) }
  if (end - start !== (type === 'A' ? 4 : 16)) throw new RangeError('an address of another length')
  return type === 'A' ? reader.bytes.subarray(start, end).join('.') : v6Text(reader, start)
}

function v6Text(reader: Reader, start: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => reader.u16At(start + i * 2).toString(16)).join(':')
  // The URL parser knows the canonical form (RFC 5952).
  return new URL(`http://[${groups}]`).hostname.slice(1, -1)
}

/** Names are the same whatever the case of their letters. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.replace(/\.$/, '').toLowerCase()
}

interface RawRecord {
  readonly owner: string
  readonly type: number
  readonly ttlSeconds: number
  /** Where its content begins and ends. */
  readonly start: number
  readonly end: number
}

/** Walks through a message. Throws a RangeError where it ends too soon. */
class Reader {
  readonly bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  skip(bytes: number): void {
    this.#at += bytes
  }

  u16(): number {
    return this.u16At((this.#at += 2) - 2)
  }

  u16At(at: number): number {
    return this.bytes.readUInt16BE(at)
  }

  u32At(at: number): number {
    return this.bytes.readUInt32BE(at)
  }

  name(): string {
    const { text, end } = this.#read(this.#at)
    this.#at = end
    return text
  }

  nameAt(at: number): string {
    return this.#read(at).text
  }

  record(): RawRecord {
    const owner = this.name()
    const [type, ttlSeconds] = [this.u16(), this.u32At(this.#at + 2)]
    const start = this.#at + 8
    const end = start + this.u16At(this.#at + 6)
    if (end > this.bytes.byteLength) throw new RangeError('a record that ends beyond the message')
    this.#at = end
    // A TTL with its highest bit set is none (RFC 2181 §8).
    return { owner, type, ttlSeconds: ttlSeconds > 0x7fffffff ? 0 : ttlSeconds, start, end }
  }

  /** A name, which may go on at an earlier place (RFC 1035 §4.1.4). */
  #read(from: number): { text: string; end: number } {
    const labels: string[] = []
    let [at, end, bytes, jumps] = [from, -1, 0, 0]
    for (;;) {
      const length = this.bytes.readUInt8(at)
      if (length >= 0xc0) {
        if (end < 0) end = at + 2
        const next = this.u16At(at) & 0x3fff
        if (next >= at || next < HEADER_BYTES || ++jumps > MAX_JUMPS) throw new RangeError('a name that goes in circles')
        at = next
        continue
      }
      if (length === 0) return { text: labels.join('.'), end: end < 0 ? at + 1 : end }
      bytes += length + 1
      if (length > 63 || bytes > MAX_NAME_BYTES || at + length >= this.bytes.byteLength) throw new RangeError('a malformed name')
      const label = this.bytes.toString('latin1', at + 1, at + 1 + length)
      if (!HOST_LABEL.test(label)) throw new RangeError('a name that is no host')
      labels.push(label)
      at += length + 1
    }
  }
}
