// An entry as the Response that any Web `Cache` can keep, and back. The interface has no place for what the cache remembers but a field.
import { type Fields, fieldValue } from '../http/fields.js'
import type { Payload } from '../http/payload.js'
import type { Answer } from '../ports.js'
import type { Entry, Terms, Variant } from './entry.js'

const META = 'fetchgate-entry'
/** Of what is written behind META. */
const VERSION = 5
/** A platform that judges freshness itself must not lose what the cache still wants to validate or to fall back on. */
const KEEP: Fields = ['Cache-Control', 'max-age=31536000']
/** The one status that every implementation of `Cache` stores. */
const STATUS = 200

/**
 * An entry as the Answer that a store is given. All of the head travels in one field: a platform would judge by the
 * real ones, refuse some, and lose the case, order and number of others.
 */
export function sealEntry(entry: Entry): Answer {
  if (entry.kind === 'variants') return { status: STATUS, fields: [META, text([VERSION, 'variants', entry.generation, entry.variants]), ...KEEP], body: undefined }
  const { answer, terms, bodyId, partition } = entry
  const { status, reason, fields, body } = answer
  return { status: STATUS, fields: [META, text([VERSION, 'answer', status, reason ?? null, fields, body?.length ?? null, partition, bodyId, terms]), ...KEEP], body }
}

/** An entry read back; undefined when this version did not write it. */
export function openEntry({ fields: sealed, body }: Answer): Entry | undefined {
  const meta = parseMeta(fieldValue(sealed, META))
  if (meta?.[1] === 'variants') return { kind: 'variants', generation: String(meta[2]), variants: meta[3] as Variant[] }
  if (meta?.[1] !== 'answer') return undefined
  const [status, reason, fields, bytes, partition, bodyId, terms] = meta.slice(2) as [number, string | null, Fields, number | null, string, string, Terms]
  return {
    kind: 'answer',
    answer: { status, ...(reason === null ? {} : { reason }), fields, body: body && bytes !== null && body.length !== bytes ? withLength(body, bytes) : body },
    // What is undefined does not stand in JSON.
    terms: { ...terms, ifErrorSeconds: terms.ifErrorSeconds },
    partition,
    bodyId,
  }
}

/** The length is ours to know: what a platform tells may be that of another coding. */
function withLength(body: Payload, length: number): Payload {
  return { length, used: false, stream: () => body.stream(), cancel: (reason) => body.cancel(reason) }
}

/** JSON in ASCII, which is all that a field may hold. */
function text(meta: readonly unknown[]): string {
  return JSON.stringify(meta).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function parseMeta(value: string | undefined): readonly unknown[] | undefined {
  if (value === undefined) return undefined
  try {
    const meta: unknown = JSON.parse(value)
    return Array.isArray(meta) && meta[0] === VERSION ? meta : undefined
  } catch {
    return undefined
  }
}
