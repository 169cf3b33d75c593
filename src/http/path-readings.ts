// The ways an origin may read a path that we read in one way: what whoever protects a path has to look at.
import { decodeOnce, encodeAgain, normalEscapes } from './percent.js'
import { mergeSlashes } from './segments.js'

/** Rounds of decoding that origins and what stands before them are known to do. */
const MAX_ROUNDS = 3

/** Texts looked at for one path, in characters. Only paths made to be read in many ways have more. */
const MAX_CHARACTERS = 64 * 1024

/**
 * Every reading of a path that is sent as it is written here: by those who decode nothing, escapes of plain characters
 * only, or everything up to three times, and drop `;parameters` before, between or after; with `\` for `/`; who cut the
 * path at a `?` or `#` that decoding has brought; who merge repeated slashes or do not. Dot segments are taken for plain
 * ones. What is decoded is written as a canonical path is. Undefined when there are too many to look at.
 */
export function pathReadings(path: string): ReadonlySet<string> | undefined {
  const texts = decodedTexts(path)
  if (!texts) return undefined
  const readings = new Set([path, normalEscapes(path) ?? path, withoutParameters(path)])
  for (const text of texts) {
    const written = encodeAgain(text)
    readings.add(written)
    // What is left of escapes is text to this reader, and escapes to one behind it.
    if (text.includes('%')) readings.add(normalEscapes(written.replaceAll('%25', '%')) ?? written)
  }
  for (const reading of [...readings]) readings.add(mergeSlashes(reading))
  return readings
}

/**
 * A dot segment for somebody; or what no path may hold: NUL, tab, line break, and UTF-8 that takes more bytes than it needs
 * for a character such as `.` or `/`, which is forbidden and decoded all the same by some.
 */
const FORBIDDEN = /[/\\]\.\.?(?:[/\\;?#]|$)|[\0\t\n\r]|[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f]/

/**
 * Whether a canonical path hides a dot segment, or what no path may hold, behind escaped separators, a second encoding
 * or `;parameters`, as `/a/..%2fb`, `/a/%252e%252e/b` and `/a/..;/b` do. Some origins would climb there; nobody sends such
 * a path for good.
 */
export function hidesDotSegment(canonical: string): boolean {
  if (!/[%;]/.test(canonical)) return false
  let text = canonical
  for (let round = 0; round < MAX_ROUNDS && text.includes('%'); round++) text = decodeOnce(text)
  return FORBIDDEN.test(text)
}

/** The path after each round of decoding, in the ways in which it can be read then; none for a path without escapes. */
function decodedTexts(path: string): ReadonlySet<string> | undefined {
  const texts = new Set<string>()
  let level = new Set([path, withoutParameters(path)])
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = new Set<string>()
    for (const text of level) {
      if (!text.includes('%')) continue
      const decoded = decodeOnce(text)
      for (const slashed of new Set([decoded, decoded.replaceAll('\\', '/')])) {
        const cut = slashed.split(/[?#]/, 1)[0]!
        next.add(slashed).add(withoutParameters(slashed)).add(cut).add(withoutParameters(cut))
      }
      if ((texts.size + next.size) * path.length > MAX_CHARACTERS) return undefined
    }
    for (const text of next) texts.add(text)
    level = next
  }
  return texts
}

function withoutParameters(path: string): string {
  return path.includes(';') ? path.replace(/;[^/]*/g, '') : path
}
