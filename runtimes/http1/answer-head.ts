// The head of an answer, read in one way or not at all (RFC 9112 §4, §5, §6.3).
import { combinedValue, type Fields, isBodiless, isNamed, listMembers } from '../../src/adapter.js'
import { codingFault } from '../shared/answer-coding.js'

/** How the body behind a head is delimited. `close`: by the end of the connection. */
export type AnswerFraming = { readonly kind: 'none' } | { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' } | { readonly kind: 'close' }

export interface AnswerHead {
  readonly status: number
  readonly reason: string
  readonly fields: Fields
  readonly framing: AnswerFraming
  /** Whether another request may follow on the connection once the body has ended. */
  readonly keeps: boolean
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const BAD_VALUE = /[\0-\x08\n-\x1f\x7f]/
const LENGTH = /^\d{1,15}$/

const NONE: AnswerFraming = { kind: 'none' }
const CHUNKED: AnswerFraming = { kind: 'chunked' }
const UNTIL_CLOSE: AnswerFraming = { kind: 'close' }

/**
 * Reads the head of an answer to a request with that method. `text` is what stands before the empty line, as Latin-1. Gives a text that says
 * what is wrong with it where two readers could read it in two ways: line feeds alone, folded lines, spaces before a colon, several lengths, a length beside a coding.
 */
export function readAnswerHead(text: string, method: string): AnswerHead | string {
  const lines = text.split('\r\n')
  const line = STATUS_LINE.exec(lines[0]!)
  if (!line || /[\r\n\0]/.test(line[0])) return 'a malformed status line'
  const fields = readFieldLines(lines, 1)
  if (typeof fields === 'string') return fields
  const status = Number(line[2])
  const isOld = line[1] === '0'
  const framing = status < 200 ? NONE : framingOf(fields, status, method, isOld)
  if (typeof framing === 'string') return framing
  return { status, reason: line[3] ?? '', fields, framing, keeps: keepsOpen(fields, framing, status, isOld) }
}

/** Field lines from the `first` of the lines on; a text that says what is wrong with one. */
export function readFieldLines(lines: readonly string[], first: number): Fields | string {
  const fields: string[] = []
  for (let i = first; i < lines.length; i++) {
    const line = lines[i]!
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    if (colon < 1 || !TOKEN.test(name)) return 'a field name that is not a token'
    if (BAD_VALUE.test(line)) return 'a control character in a field value'
    fields.push(name, withoutMargins(line, colon + 1))
  }
  return fields
}

/** What stands from `start` on without the spaces and tabs around it. */
function withoutMargins(line: string, start: number): string {
  let end = line.length
  while (start < end && isSpace(line.charCodeAt(start))) start++
  while (end > start && isSpace(line.charCodeAt(end - 1))) end--
  return line.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function framingOf(fields: Fields, status: number, method: string, isOld: boolean): AnswerFraming | string {
  let length: string | undefined
  let isCoded = false
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (isNamed(name, 'content-length')) {
      if (length !== undefined) return 'more than one Content-Length'
      length = fields[i + 1]!
      if (!LENGTH.test(length)) return 'a Content-Length that is not a decimal number'
    } else if (isNamed(name, 'transfer-encoding')) isCoded = true
  }
  if (isCoded) {
    if (length !== undefined) return 'both Content-Length and Transfer-Encoding'
    if (isOld) return 'a Transfer-Encoding in HTTP/1.0'
    const fault = codingFault(fields)
    if (fault) return fault.message
  }
  if (isBodiless(status, method)) return NONE
  if (isCoded) return combinedValue(fields, 'transfer-encoding')!.toLowerCase() === 'chunked' ? CHUNKED : UNTIL_CLOSE
  return length === undefined ? UNTIL_CLOSE : { kind: 'length', bytes: Number(length) }
}

/** Behind a 205 some servers send a body all the same, which must not be taken for the next answer. */
function keepsOpen(fields: Fields, framing: AnswerFraming, status: number, isOld: boolean): boolean {
  if (framing.kind === 'close' || status === 205) return false
  const connection = combinedValue(fields, 'connection')
  if (connection === undefined) return !isOld
  const options = listMembers(connection.toLowerCase())
  return !options.includes('close') && (!isOld || options.includes('keep-alive'))
}
