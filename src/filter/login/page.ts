// What a request without a session wants: a page, for which its user can be sent to log in, or data for a program.
import type { Exchange } from '../../exchange.js'
import { combinedValue, fieldValue } from '../../http/fields.js'
import { canonicalTarget, type Target } from '../../http/target.js'

/** Whether the answer is to be shown as a page. Browsers say so (Fetch Metadata); of older ones the wish for HTML tells. */
export function wantsPage({ method, upgrade, fields }: Pick<Exchange, 'method' | 'upgrade' | 'fields'>): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || upgrade) return false
  const mode = fieldValue(fields, 'sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return fieldValue(fields, 'x-requested-with') === undefined && /\btext\/html\b/i.test(combinedValue(fields, 'accept') ?? '')
}

/** Longest path that is come back to. */
const MAX_RETURN = 1024

/** Where to come back to: a path of the host that was asked, which no browser takes for another host. */
export function returnPath(target: Target): string {
  const { raw } = canonicalTarget(target)
  return /^\/(?![/\\])/.test(raw) && raw.length <= MAX_RETURN ? raw : '/'
}
