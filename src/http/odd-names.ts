// Field names that some origins take for another: CGI and its heirs turn `-`, `_` and `.` into one and the same (RFC 3875 §4.1.18).
import type { Fields } from './fields.js'

/** What becomes of them. */
export type OddNamePolicy = { readonly kind: 'drop'; readonly keep: ReadonlySet<string> } | { readonly kind: 'keep' } | { readonly kind: 'reject' }

/** Whether a name could be read as a twin of one with hyphens. */
export function isOddName(name: string): boolean {
  return name.includes('_') || name.includes('.')
}

/**
 * The fields that every stage and the origin get, or undefined when the request is to be rejected. A twin such as
 * `Transfer_Encoding` or `X_Forwarded_For` would slip past each check of the real name and be read as it by the origin.
 */
export function withoutOddNames(fields: Fields, policy: OddNamePolicy): Fields | undefined {
  if (policy.kind === 'keep') return fields
  let out: string[] | undefined
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const odd = isOddName(name) && !(policy.kind === 'drop' && policy.keep.has(name.toLowerCase()))
    if (odd && policy.kind === 'reject') return undefined
    if (odd) out ??= fields.slice(0, i)
    else out?.push(name, fields[i + 1]!)
  }
  return out ?? fields
}
