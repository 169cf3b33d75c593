// The ways an origin may read a path that we read in one way: what a rule that protects a path has to look at.
import { resolveSegments } from './segments.js'

/** Rounds of decoding that origins and what stands before them are known to do. */
const MAX_ROUNDS = 3

/**
 * The readings of a path by those who decode it, the canonical one first: with escaped separators decoded, decoded
 * again, with `\` for `/`, without `;parameters` in its segments. Each is written as a canonical path is, so that it can
 * be compared with what an operator writes. Most paths have only one.
 */
export function pathReadings(canonical: string, rawPath: string): readonly string[] {
  const readings = new Set([canonical])
  if (!/[%;]/.test(rawPath)) return [canonical]
  readings.add(resolveSegments(withoutParameters(canonical)))
  // What was sent is decoded too, since decoding before dots are resolved makes segments that the dots then climb out
  // of: `/admin%2Fx/..` is `/` here and `/admin/` there.
  for (const path of canonical === rawPath ? [canonical] : [canonical, rawPath]) {
    for (const decoded of [...decodings(path), ...decodings(withoutParameters(path))]) {
      readings.add(encode(resolveSegments(decoded)))
      readings.add(encode(resolveSegments(withoutParameters(decoded))))
    }
  }
  return [...readings]
}

/** The readings of a path by those who decode nothing: as it was sent, its dots resolved or not, with or without parameters. */
export function undecodedReadings(rawPath: string): readonly string[] {
  return [rawPath, resolveSegments(rawPath), resolveSegments(withoutParameters(rawPath))]
}

/**
 * Whether a canonical path hides a dot segment or a NUL behind escaped separators, a second encoding or `;parameters`,
 * as `/a/..%2fb`, `/a/%252e%252e/b` and `/a/..;/b` do. Some origins would climb there; nobody sends such a path for good.
 */
export function hidesDotSegment(canonical: string): boolean {
  if (!/[%;]/.test(canonical)) return false
  const decoded = decodeFully(canonical)
  return decoded.includes('\0') || withoutParameters(decoded).split('/').some((segment) => segment === '..' || segment === '.')
}

function decodeFully(path: string): string {
  return decodings(path).at(-1) ?? path
}

/** The path after each round of decoding, as it is and with `\` taken for `/`; none for a path without escapes. */
function decodings(path: string): string[] {
  const decoded: string[] = []
  let text = path
  for (let round = 0; round < MAX_ROUNDS && text.includes('%'); round++) {
    text = text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    decoded.push(text, text.replaceAll('\\', '/'))
  }
  return decoded
}

function withoutParameters(path: string): string {
  return path.replace(/;[^/]*/g, '')
}

/** A decoded path as a canonical one: what may not stand in a target is escaped again. */
function encode(decoded: string): string {
  return decoded.replace(/[^\x21\x22\x24\x26-\x3e\x40-\x5b\x5d-\x7e]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
