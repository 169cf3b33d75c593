// Whether a request is for a page that somebody will look at, so that another page may take its place: to log in, to do some work, or that of an application which reads the path itself.
import { combinedValue, fieldValue, type Fields } from './fields.js'

/** Browsers say so (Fetch Metadata); of older ones the wish for HTML tells. What is no GET or HEAD would be lost on the way. */
export function wantsPage({ method, upgrade, fields }: { readonly method: string; readonly upgrade: string | undefined; readonly fields: Fields }): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || upgrade !== undefined) return false
  const mode = combinedValue(fields, 'sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return fieldValue(fields, 'x-requested-with') === undefined && /\btext\/html\b/i.test(combinedValue(fields, 'accept') ?? '')
}
