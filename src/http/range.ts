// Byte ranges: what a client asks for, and what an answer says it holds (RFC 9110 §14).

/** From the first byte to the last, both counted from 0 and included. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** Which ranges of a body of known length were asked for. */
export type Ranges =
  /** Not bytes, malformed, or so many that answering them all would be an attack: the whole body answers it (§14.2). */
  | { readonly kind: 'ignore' }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] }

const IGNORE: Ranges = { kind: 'ignore' }
/** Ranges in one request above which it is ignored; real clients ask for a few. */
const MAX_RANGES = 16

/** The satisfiable ranges of a Range value for a body of `length` bytes. Those that overlap are refused as the attack that they are (§17.15). */
export function parseRange(value: string, length: number): Ranges {
  const specs = /^bytes=(.*)$/i.exec(value.trim())?.[1]?.split(',').map((spec) => spec.trim()).filter((spec) => spec !== '')
  if (!specs || specs.length === 0 || specs.length > MAX_RANGES) return IGNORE
  const ranges: ByteRange[] = []
  for (const spec of specs) {
    const match = /^(\d*)-(\d*)$/.exec(spec)
    if (!match || spec === '-') return IGNORE
    const [, from, to] = match
    if (from !== '' && to !== '' && Number(to) < Number(from)) return IGNORE
    const range = from === '' ? suffix(Number(to), length) : { first: Number(from), last: to === '' ? length - 1 : Math.min(Number(to), length - 1) }
    if (range && range.first <= range.last) ranges.push(range)
  }
  if (ranges.length === 0) return { kind: 'unsatisfiable' }
  return overlap(ranges) ? IGNORE : { kind: 'ranges', ranges }
}

/** What a 206 holds. */
export interface ContentRange extends ByteRange {
  /** Length of the whole; undefined when the server did not know it. */
  readonly total: number | undefined
}

/** Reads Content-Range, or returns undefined for anything but one valid range of bytes (§14.4). */
export function parseContentRange(value: string): ContentRange | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(value.trim())
  if (!match) return undefined
  const [first, last, total] = [Number(match[1]), Number(match[2]), match[3] === '*' ? undefined : Number(match[3])]
  return first <= last && (total === undefined || last < total) ? { first, last, total } : undefined
}

export function formatContentRange({ first, last }: ByteRange, total: number): string {
  return `bytes ${first}-${last}/${total}`
}

function suffix(wanted: number, length: number): ByteRange | undefined {
  return wanted > 0 && length > 0 ? { first: Math.max(0, length - wanted), last: length - 1 } : undefined
}

function overlap(ranges: readonly ByteRange[]): boolean {
  const sorted = [...ranges].sort((a, b) => a.first - b.first)
  return sorted.some(({ first }, i) => i > 0 && first <= sorted[i - 1]!.last)
}
