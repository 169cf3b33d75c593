// PEM (RFC 7468): as it stands in a setting, or in the file that the setting names.
import { readFileSync } from 'node:fs'

/** What a setting leads to. `source` names it in messages: the file, or the setting's own text, which is not repeated. */
export type PemText =
  | { readonly kind: 'text'; readonly text: string; readonly file: string | undefined; readonly source: string }
  | { readonly kind: 'fault'; readonly message: string }

const MARK = '-----BEGIN '

/** Whether a setting is PEM itself, and no path. */
export function isPem(written: string): boolean {
  return written.includes(MARK)
}

/** Reads a setting. Files are read anew each time. */
export function readPem(written: string): PemText {
  if (isPem(written)) return { kind: 'text', text: written, file: undefined, source: 'this text' }
  try {
    const text = readFileSync(written, 'utf8')
    if (isPem(text)) return { kind: 'text', text, file: written, source: `"${written}"` }
    return { kind: 'fault', message: `"${written}" is no PEM file: it has no line "${MARK}…"` }
  } catch (error) {
    return { kind: 'fault', message: `"${written}" cannot be read: ${(error as Error).message}` }
  }
}

/** The blocks of a kind, such as `CERTIFICATE`, in their order. */
export function pemBlocks(text: string, kind: string): string[] {
  return text.match(new RegExp(`-----BEGIN ${kind}-----[^-]*-----END ${kind}-----`, 'g')) ?? []
}
