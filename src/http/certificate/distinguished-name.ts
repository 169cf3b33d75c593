// A distinguished name as text (RFC 4514), so that no value of one attribute can be read as another one.
import { bytesAsText } from '../bytes-as-text.js'
import { type Element, identifierText, within } from './der.js'

const SEQUENCE = 0x30
const SET = 0x31

/** Short names by identifier, as OpenSSL writes them. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'], ['2.5.4.4', 'SN'], ['2.5.4.5', 'serialNumber'], ['2.5.4.6', 'C'], ['2.5.4.7', 'L'], ['2.5.4.8', 'ST'], ['2.5.4.9', 'street'], ['2.5.4.10', 'O'], ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'], ['2.5.4.42', 'GN'], ['0.9.2342.19200300.100.1.1', 'UID'], ['0.9.2342.19200300.100.1.25', 'DC'], ['1.2.840.113549.1.9.1', 'emailAddress'],
])

/** The name whose parts these are, the last first; undefined where it cannot be read. */
export function distinguishedName(parts: readonly Element[]): string | undefined {
  const texts = parts.map((part) => {
    const attributes = within(part, SET)?.map(attributeText)
    return attributes && attributes.length > 0 && attributes.every((text) => text !== undefined) ? attributes.join('+') : undefined
  })
  return texts.every((text) => text !== undefined) ? texts.reverse().join(',') : undefined
}

function attributeText(element: Element): string | undefined {
  const [type, value, ...rest] = within(element, SEQUENCE) ?? []
  if (type?.tag !== 0x06 || !value || rest.length > 0) return undefined
  const identifier = identifierText(type.content)
  const text = textOf(value)
  return `${ATTRIBUTES.get(identifier) ?? identifier}=${text === undefined ? `#${hex(value.tag)}${hex(value.content.length)}${[...value.content].map(hex).join('')}` : escaped(text)}`
}

/** The characters of a string; undefined for what is none. */
export function textOf({ tag, content }: Element): string | undefined {
  if (tag === 0x0c) return utf8(content)
  if (tag === 0x12 || tag === 0x13 || tag === 0x14 || tag === 0x16) return bytesAsText(content)
  if (tag === 0x1e && content.length % 2 === 0) return Array.from({ length: content.length / 2 }, (_, i) => String.fromCharCode((content[2 * i]! << 8) | content[2 * i + 1]!)).join('')
  return undefined
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** RFC 4514 §2.4, and control characters likewise. */
function escaped(text: string): string {
  return text
    .replace(/[\\"+,;<>]/g, '\\$&')
    .replace(/^[# ]|(?<=.) $/gs, '\\$&')
    .replace(/[\0-\x1f\x7f]/g, (character) => `\\${hex(character.charCodeAt(0))}`)
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}
