// A regular expression as a tree over bytes; case is folded into sets, so that what follows need not know of flags.

/** A set of bytes: `has[byte]` is 1 for those within. */
export type ByteSet = Uint8Array

export type Node =
  | { readonly kind: 'empty' }
  | ByteNode
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly min: number; readonly max: number; readonly lazy: boolean }
  | { readonly kind: 'group'; readonly of: Node }
  | { readonly kind: 'assertion'; readonly of: '^' | '$' | '\\b' | '\\B' }

/** Any one of some bytes. */
export interface ByteNode {
  readonly kind: 'set'
  readonly bytes: ByteSet
  /** The byte in lower case, when it is that one alone, or both cases of it. */
  readonly letter: string | undefined
}

export const EMPTY: Node = { kind: 'empty' }

export function byteSet(...ranges: readonly (readonly [number, number])[]): ByteSet {
  const bytes = new Uint8Array(256)
  for (const [from, to] of ranges) bytes.fill(1, from, to + 1)
  return bytes
}

export function inverted(bytes: ByteSet): ByteSet {
  return bytes.map((within) => 1 - within)
}

export function joined(into: ByteSet, more: ByteSet): void {
  for (let byte = 0; byte < 256; byte++) if (more[byte]) into[byte] = 1
}

const CASE = 0x20

/** The set with both cases of each ASCII letter in it. Bytes above 0x7f have no case. */
export function caseless(bytes: ByteSet): ByteSet {
  const both = bytes.slice()
  for (let upper = 0x41; upper <= 0x5a; upper++) {
    if (!bytes[upper] && !bytes[upper + CASE]) continue
    both[upper] = 1
    both[upper + CASE] = 1
  }
  return both
}

/** Of each byte alone, and of each with its other case: expressions are for the most part made of these. */
const SINGLE: readonly ByteNode[] = Array.from({ length: 256 }, (_, byte) => ({ kind: 'set', bytes: byteSet([byte, byte]), letter: String.fromCharCode(byte).replace(/[A-Z]/, (letter) => letter.toLowerCase()) }))
const CASELESS: readonly ByteNode[] = SINGLE.map((node) => ({ ...node, bytes: caseless(node.bytes) }))

export function singleByte(byte: number, ignoresCase: boolean): ByteNode {
  return (ignoresCase ? CASELESS : SINGLE)[byte]!
}

export function anyOf(bytes: ByteSet): ByteNode {
  return { kind: 'set', bytes, letter: undefined }
}
