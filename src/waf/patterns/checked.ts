// Whether an expression was proven to be quick on an engine that goes back over a text.
import { CHECKED_HASHES } from './checked-hashes.js'
import { patternHash } from './hash.js'

const HASHES: ReadonlySet<string> = new Set(CHECKED_HASHES.trim().split(/\s+/))

export function isChecked(source: string): boolean {
  return HASHES.has(patternHash(source))
}
