// The ways an origin may read a path that we read in one way: what a rule that protects a path has to look at.

/** Rounds of decoding that origins and what stands before them are known to do. */
const MAX_ROUNDS = 3

/**
 * Every reading of a path, the canonical one first: as it was sent, with escaped separators decoded, decoded again,
 * with `\` for `/`, without `;parameters` in its segments. Most paths have only one.
 */
export function pathReadings(canonical: string, rawPath: string): readonly string[] {
  const readings = new Set([canonical, rawPath])
  if (/[%;]/.test(canonical)) {
    const decoded = mergeSlashes(decodeFully(canonical))
    readings.add(decoded)
    readings.add(withoutParameters(decoded))
    readings.add(withoutParameters(canonical))
  }
  return [...readings]
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
  let text = path
  for (let round = 0; round < MAX_ROUNDS && text.includes('%'); round++) {
    text = text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
  }
  return text.replaceAll('\\', '/')
}

function withoutParameters(path: string): string {
  return path.replace(/;[^/]*/g, '')
}

function mergeSlashes(path: string): string {
  return path.replace(/\/{2,}/g, '/')
}
