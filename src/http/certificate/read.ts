// What stands in a certificate (RFC 5280 §4.1): whose it is, and until when it holds. Runtimes write it in different ways, and Deno so that one can pass for another.
import type { PeerCertificate } from '../forwarded.js'
import { type Element, elementsOf, identifierText, within } from './der.js'
import { distinguishedName, textOf } from './distinguished-name.js'

/** What can be read without computing. */
export type Reading = Pick<PeerCertificate, 'subject' | 'names' | 'notAfterMs'>

const SEQUENCE = 0x30
const VERSION = 0xa0
const EXTENSIONS = 0xa3
const ALTERNATIVE_NAMES = '2.5.29.17'
const SUBJECT_PLACE = 4

/** Undefined for what is no certificate. */
export function readCertificate(der: Uint8Array): Reading | undefined {
  const outer = elementsOf(der)
  const parts = outer?.length === 1 ? within(outer[0], SEQUENCE) : undefined
  const all = parts?.length === 3 ? within(parts[0], SEQUENCE) : undefined
  const fields = all?.[0]?.tag === VERSION ? all.slice(1) : all
  const validity = within(fields?.[SUBJECT_PLACE - 1], SEQUENCE)
  const subject = within(fields?.[SUBJECT_PLACE], SEQUENCE)
  if (!fields || !subject || validity?.length !== 2) return undefined
  const notAfterMs = timeOf(validity[1]!)
  const name = distinguishedName(subject)
  const names = alternativeNames(fields)
  return notAfterMs === undefined || name === undefined || !names ? undefined : { subject: name, names, notAfterMs }
}

/** UTCTime or GeneralizedTime, in UTC to the second (RFC 5280 §4.1.2.5). */
function timeOf({ tag, content }: Element): number | undefined {
  const text = String.fromCharCode(...content)
  const match = (tag === 0x17 ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : tag === 0x18 ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : undefined)?.exec(text)
  if (!match) return undefined
  const [, year = '', ...rest] = match
  const century = year.length === 4 ? '' : Number(year) >= 50 ? '19' : '20'
  const [month, day, hour, minute, second] = rest
  const ms = Date.parse(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(ms) ? undefined : ms
}

/** None where there is no such extension; undefined where it cannot be read. */
function alternativeNames(fields: readonly Element[]): readonly string[] | undefined {
  const holder = fields.find(({ tag }) => tag === EXTENSIONS)
  if (!holder) return []
  const extensions = within(within(holder, EXTENSIONS)?.[0], SEQUENCE)
  if (!extensions) return undefined
  for (const extension of extensions) {
    const parts = within(extension, SEQUENCE)
    if (parts?.[0]?.tag !== 0x06) return undefined
    if (identifierText(parts[0].content) !== ALTERNATIVE_NAMES) continue
    const value = parts.at(-1)!
    const general = value.tag === 0x04 ? within(elementsOf(value.content)?.[0], SEQUENCE) : undefined
    return general?.flatMap(nameOf)
  }
  return []
}

/** Addresses of mail, hosts, URIs and addresses of the network; others are nobody's name here. */
function nameOf({ tag, content }: Element): string[] {
  if (tag === 0x81 || tag === 0x82 || tag === 0x86) return [textOf({ tag: 0x16, content })].flatMap((text) => text ?? [])
  if (tag !== 0x87) return []
  if (content.length === 4) return [content.join('.')]
  return content.length === 16 ? [Array.from({ length: 8 }, (_, i) => ((content[2 * i]! << 8) | content[2 * i + 1]!).toString(16)).join(':')] : []
}
