// Whether a request is for a page that somebody will look at, so that another page may take its place: to log in, or to do some work.
import type { Exchange } from '../exchange.js'
import { combinedValue, fieldValue } from '../http/fields.js'

/** Browsers say so (Fetch Metadata); of older ones the wish for HTML tells. What is no GET or HEAD would be lost on the way. */
export function wantsPage({ method, upgrade, fields }: Pick<Exchange, 'method' | 'upgrade' | 'fields'>): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || upgrade !== undefined) return false
  const mode = combinedValue(fields, 'sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return fieldValue(fields, 'x-requested-with') === undefined && /\btext\/html\b/i.test(combinedValue(fields, 'accept') ?? '')
}
