// What limits count in a request's head, and in the body of a form.
import { type Fields, isNamed } from '../../http/fields.js'

/** Bytes of a header section as `name: value` and a line end for each line (RFC 9112 §5). */
export function sectionBytes(fields: Fields): number {
  let bytes = 2 * fields.length
  for (let i = 0; i < fields.length; i++) bytes += fields[i]!.length
  return bytes
}

/** Parameters between `&` or `;`, which some servers take for one; empty ones are none. Without making a list of them. */
export function parameterCount(query: string): number {
  let count = 0
  let isOpen = false
  for (let i = 0; i < query.length; i++) {
    const code = query.charCodeAt(i)
    if (code === AMPERSAND || code === SEMICOLON) isOpen = false
    else if (!isOpen) {
      isOpen = true
      count++
    }
  }
  return count
}

/** Parameters of a form so far, and whether the last of them may go on. */
export interface FormPlace {
  readonly count: number
  readonly isOpen: boolean
}

/** The same after another piece of the body. */
export function afterFormPiece({ count, isOpen }: FormPlace, piece: Uint8Array): FormPlace {
  for (let i = 0; i < piece.byteLength; i++) {
    const byte = piece[i]!
    if (byte === AMPERSAND || byte === SEMICOLON) isOpen = false
    else if (!isOpen) {
      isOpen = true
      count++
    }
  }
  return { count, isOpen }
}

const AMPERSAND = 0x26
const SEMICOLON = 0x3b

/** Whether a body is said to be of a media type that fits, in any of its Content-Type lines: servers differ in which they take. */
export function hasType(fields: Fields, type: RegExp): boolean {
  for (let i = 0; i < fields.length; i += 2) if (isNamed(fields[i]!, 'content-type') && fields[i + 1]!.split(',').some((value) => type.test(value))) return true
  return false
}
