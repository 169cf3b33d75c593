// Field names that some origins take for another: CGI and its heirs turn all but letters and digits into `_` (RFC 3875 §4.1.18).
import type { Fields } from './fields.js'

/** What becomes of them where nobody is refused. */
export type ForgivingPolicy = { readonly kind: 'drop'; readonly keep: ReadonlySet<string> } | { readonly kind: 'keep' }

/** What becomes of them. */
export type OddNamePolicy = ForgivingPolicy | { readonly kind: 'reject' }

/** Whether a name could be read as a twin of one with hyphens. */
export function isOddName(name: string): boolean {
  return !/^[A-Za-z0-9-]*$/.test(name)
}

/** Whether any of the fields has such a name. */
export function hasOddName(fields: Fields): boolean {
  for (let i = 0; i < fields.length; i += 2) if (isOddName(fields[i]!)) return true
  return false
}

/**
 * The fields that every stage and the origin get. A twin such as `Transfer_Encoding` or `X_Forwarded_For` would slip past
 * each check of the real name and be read as it by the origin.
 */
export function withoutOddNames(fields: Fields, policy: ForgivingPolicy): Fields {
  if (policy.kind === 'keep') return fields
  let out: string[] | undefined
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (isOddName(name) && !policy.keep.has(name.toLowerCase())) out ??= fields.slice(0, i)
    else out?.push(name, fields[i + 1]!)
  }
  return out ?? fields
}
