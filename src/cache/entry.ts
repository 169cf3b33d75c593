// A stored Response and what the cache remembers beside it. The Cache interface has no place for that but a field.
import { type Fields, fieldValue, isNamed } from '../http/fields.js'
import type { Answer } from '../ports.js'
import type { Times } from './freshness.js'

const META = 'fetchgate-entry'
/** Of what is written behind META. */
const VERSION = 2

/** What is stored under a key: an answer, or the names of the fields that its variants differ by. */
export type Entry = StoredAnswer | VaryMarker

export interface StoredAnswer {
  readonly kind: 'answer'
  readonly answer: Answer
  readonly times: Times
  readonly lifetimeSeconds: number
}

/** Stands under the primary key of answers that have variants. Those of another generation are out of reach for good. */
export interface VaryMarker {
  readonly kind: 'vary'
  readonly names: readonly string[]
  readonly generation: string
}

/**
 * The marker under which an answer that varies by `names` is kept: the one that was `found`, so that its other variants
 * stay, or one of a new generation, so that what was deleted with an earlier marker does not come back.
 */
export function markerFor(names: readonly string[], found: Entry | undefined, newGeneration: string): VaryMarker {
  if (found?.kind === 'vary' && found.names.length === names.length && found.names.every((name, i) => name === names[i])) return found
  return { kind: 'vary', names, generation: newGeneration }
}

/** An entry as the Answer that a store is given. The first list member is the version; others are not read back. */
export function sealEntry(entry: Entry): Answer {
  if (entry.kind === 'vary') return { status: 200, fields: [META, JSON.stringify([VERSION, 'vary', entry.generation, ...entry.names])], body: undefined }
  const { answer, times, lifetimeSeconds } = entry
  const meta = JSON.stringify([VERSION, 'answer', times.requestMs, times.responseMs, times.ageSeconds, lifetimeSeconds])
  return { ...answer, fields: [META, meta, ...answer.fields.filter((_, i) => !isNamed(answer.fields[i & ~1]!, META))] }
}

/** An entry read back; undefined when this version did not write it. What the cache remembers never reaches a client. */
export function openEntry(answer: Answer): Entry | undefined {
  const meta = parseMeta(fieldValue(answer.fields, META))
  if (meta?.[1] === 'vary') {
    const [generation = '', ...names] = meta.slice(2).map(String)
    return { kind: 'vary', names, generation }
  }
  if (meta?.[1] !== 'answer') return undefined
  const [requestMs, responseMs, ageSeconds, lifetimeSeconds] = meta.slice(2).map(Number)
  return {
    kind: 'answer',
    answer: { ...answer, fields: withoutMeta(answer.fields) },
    times: { requestMs: requestMs!, responseMs: responseMs!, ageSeconds: ageSeconds! },
    lifetimeSeconds: lifetimeSeconds!,
  }
}

function parseMeta(text: string | undefined): readonly unknown[] | undefined {
  if (text === undefined) return undefined
  try {
    const meta: unknown = JSON.parse(text)
    return Array.isArray(meta) && meta[0] === VERSION ? meta : undefined
  } catch {
    return undefined
  }
}

function withoutMeta(fields: Fields): Fields {
  const out: string[] = []
  for (let i = 0; i < fields.length; i += 2) if (!isNamed(fields[i]!, META)) out.push(fields[i]!, fields[i + 1]!)
  return out
}
