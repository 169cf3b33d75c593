// The transformations by their names in rules.
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { base64Decode, base64DecodeExt, base64Encode } from './base64.js'
import { cmdLine } from './command-line.js'
import { removeComments, removeCommentsChar, replaceComments } from './comments.js'
import { hexDecode, hexEncode, sqlHexDecode } from './hexadecimal.js'
import { htmlEntityDecode } from './html.js'
import { lowercase, uppercase } from './letters.js'
import { normalizePath, normalizePathWin } from './paths.js'
import { cssDecode, escapeSeqDecode, jsDecode } from './script-escapes.js'
import { compressWhitespace, removeNulls, removeWhitespace, replaceNulls, trim, trimLeft, trimRight } from './spaces.js'
import { urlDecode, urlDecodeUni, urlEncode } from './url.js'
import { utf8toUnicode } from './utf8.js'

/** A text of bytes as another; the same one when nothing changes. */
export type Transformation = (text: string) => string

const ALL: Readonly<Record<string, Transformation>> = {
  base64Decode, base64DecodeExt, base64Encode, cmdLine, compressWhitespace, cssDecode, escapeSeqDecode, hexDecode, hexEncode, htmlEntityDecode, jsDecode,
  length: (text) => String(text.length), lowercase, md5: (text) => digest(md5, text), normalisePath: normalizePath, normalisePathWin: normalizePathWin, normalizePath, normalizePathWin,
  removeComments, removeCommentsChar, removeNulls, removeWhitespace, replaceComments, replaceNulls, sha1: (text) => digest(sha1, text), sqlHexDecode, trim, trimLeft, trimRight,
  uppercase, urlDecode, urlDecodeUni, urlEncode, utf8toUnicode,
}

const BY_NAME: ReadonlyMap<string, Transformation> = new Map(Object.entries(ALL).map(([name, transform]) => [name.toLowerCase(), transform]))

/** By its name, whatever the case; undefined for one that is not known. */
export function transformationNamed(name: string): Transformation | undefined {
  return BY_NAME.get(name.toLowerCase())
}

export const TRANSFORMATION_NAMES: readonly string[] = Object.keys(ALL)

function digest(hash: (bytes: Uint8Array) => Uint8Array, text: string): string {
  return String.fromCharCode(...hash(Uint8Array.from(text, (char) => char.charCodeAt(0))))
}
