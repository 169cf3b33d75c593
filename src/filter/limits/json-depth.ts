// How deep JSON is nested, told from its bytes as they come (RFC 8259).

/** Where in a JSON text the bytes have led so far. */
export interface JsonPlace {
  /** Arrays and objects that are open. */
  readonly depth: number
  /** Most that have been open at a time. */
  readonly deepest: number
  /** `escape` is inside a string, behind a backslash. */
  readonly inside: 'structure' | 'string' | 'escape'
}

export const JSON_START: JsonPlace = { depth: 0, deepest: 0, inside: 'structure' }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * The place after a piece, wherever the text was cut. In UTF-8 no byte of a longer character is one of those that count.
 * What is not JSON is counted all the same: a bracket that closes nothing makes no room for another.
 */
export function afterPiece(place: JsonPlace, piece: Uint8Array): JsonPlace {
  let { depth, deepest, inside } = place
  for (let i = 0; i < piece.byteLength; i++) {
    const byte = piece[i]!
    if (inside === 'escape') inside = 'string'
    else if (inside === 'string') {
      if (byte === QUOTE) inside = 'structure'
      else if (byte === BACKSLASH) inside = 'escape'
    } else if (byte === QUOTE) inside = 'string'
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > deepest) deepest = depth
    } else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && depth > 0) depth--
  }
  return { depth, deepest, inside }
}
