// Where a request holds its key.
import type { Exchange } from '../../exchange.js'
import { bearerToken } from '../../http/bearer-token.js'
import { fieldValues } from '../../http/fields.js'

export interface KeyPlace {
  /** In lower case. */
  readonly header: string
  readonly query: string | undefined
}

/** The key, or what is wrong. Two keys are none: whoever reads the request after us might take the other one. */
export type SentKey = { readonly kind: 'key'; readonly key: string } | { readonly kind: 'fault'; readonly reason: string }

/** Longer ones are not looked at. */
const MAX_CHARACTERS = 512

export function sentKey({ fields, target }: Pick<Exchange, 'fields' | 'target'>, { header, query }: KeyPlace): SentKey {
  const values = fieldValues(fields, header)
  const inQuery = query === undefined || target.query === undefined ? NONE : new URLSearchParams(target.query).getAll(query)
  if (values.length + inQuery.length === 0) return MISSING
  if (values.length + inQuery.length > 1) return { kind: 'fault', reason: 'more than one key' }
  const key = inQuery[0] ?? (header === 'authorization' ? bearerToken(values[0]!) : values[0]!.trim())
  if (key === undefined || key === '') return { kind: 'fault', reason: 'a key that cannot be read' }
  return key.length > MAX_CHARACTERS ? { kind: 'fault', reason: 'a key that is too long' } : { kind: 'key', key }
}

const NONE: readonly string[] = []
const MISSING: SentKey = { kind: 'fault', reason: 'no key' }
