// What a word, or several, is in SQL.
import type { Kind } from './token.js'
import { FINGERPRINTS, WORDS } from './tables.js'

const KINDS: ReadonlyMap<string, Kind> = new Map(Object.entries(WORDS).flatMap(([kind, words]) => words.split(' ').map((word) => [word === '+=' ? word : word.replaceAll('+', ' '), kind as Kind] as const)))

const SHAPES: ReadonlySet<string> = new Set(Object.entries(FINGERPRINTS).flatMap(([first, rests]) => rests.split(' ').map((rest) => (first + rest).toUpperCase())))

/** By its letters, whatever their case; undefined for a word that is none of SQL's. */
export function kindOfWord(text: string): Kind | undefined {
  return KINDS.get(text.toUpperCase())
}

/** Whether kinds of tokens in a row are the shape of an injection. */
export function isInjectedShape(fingerprint: string): boolean {
  return SHAPES.has(fingerprint.toUpperCase())
}
