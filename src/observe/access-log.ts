// How a request is written down: one line, in a format that log readers know.
import { fieldValue } from '../http/fields.js'
import { lengthOf } from '../wire.js'
import type { RequestEvent } from './event.js'
import { redactQuery, SECRET_PARAMETERS } from './redact.js'

/** Settings of the lines. */
export interface AccessLogFormat {
  /** Default `json`. */
  readonly format?: 'json' | 'combined' | undefined
  /** Parameters of the query whose values are left out, in any case. Default: those that carry secrets by custom. */
  readonly redact?: readonly string[] | undefined
}

/**
 * A function that writes a request as one line, without its end. `nowMs` is the time of the line in milliseconds since
 * 1970. For gateways whose log goes where `accessLog.to` does not reach:
 * `observe: (event) => event.kind === 'request' && send(line(event, Date.now()))`.
 */
export function accessLine({ format = 'json', redact = SECRET_PARAMETERS }: AccessLogFormat = {}): (event: RequestEvent, nowMs: number) => string {
  const names = new Set(redact.map((name) => name.toLowerCase()))
  return format === 'json' ? (event, nowMs) => jsonLine(event, nowMs, names) : (event, nowMs) => combinedLine(event, nowMs, names)
}

/** What is unknown is left out. Written by hand: JSON.stringify over an object takes seven times as long on Node, 2 µs of each request. */
function jsonLine(event: RequestEvent, nowMs: number, names: ReadonlySet<string>): string {
  const referer = fieldValue(event.requestFields, 'referer')
  const bytes = declaredBytes(event)
  return (
    `{"time":"${new Date(nowMs).toISOString()}","id":${quoted(event.id)}${member('client', event.client)},"method":${quoted(event.method)},"host":${quoted(event.host)}` +
    `,"target":${quoted(redactQuery(event.target, names))},"status":${event.status},"durationMs":${event.durationMs}${bytes === undefined ? '' : `,"bytes":${bytes}`}` +
    `${member('server', event.server)},"attempts":${event.attempts}${member('cache', event.cache)}${member('error', event.error)}${member('detail', event.detail)}${member('filter', event.filter)}${member('trial', event.trial)}${member('user', event.user || undefined)}` +
    `${member('referer', referer === undefined ? undefined : redactQuery(referer, names))}${member('userAgent', fieldValue(event.requestFields, 'user-agent'))}}`
  )
}

function member(name: string, text: string | undefined): string {
  return text === undefined ? '' : `,"${name}":${quoted(text)}`
}

/** Printable ASCII but for the two characters that JSON escapes in it. */
const PLAIN = /^[ !#-[\]-~]*$/

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** `client - user [time] "request" status bytes "referer" "user agent"`; the version in it is the listener's, since servers of fetch platforms do not tell the client's. */
function combinedLine(event: RequestEvent, nowMs: number, names: ReadonlySet<string>): string {
  const request = `${event.method} ${redactQuery(event.target, names)} HTTP/1.1`
  const referer = redactQuery(fieldValue(event.requestFields, 'referer') ?? '-', names)
  const agent = fieldValue(event.requestFields, 'user-agent') ?? '-'
  return `${event.client ?? '-'} - ${event.user ? quotable(event.user).replaceAll(' ', '\\x20') : '-'} [${commonTime(nowMs)}] "${quotable(request)}" ${event.status} ${declaredBytes(event) ?? '-'} "${quotable(referer)}" "${quotable(agent)}"`
}

/** The length that the answer declares: a line is written when the head is ready, and what streams has no length then. */
function declaredBytes({ answerFields }: RequestEvent): number | undefined {
  return lengthOf(answerFields)
}

/** Nothing that a client sends may end its quotes or its line, or reach a terminal as a control. */
function quotable(text: string): string {
  return text.replace(/["\\]|[^\x20-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `25/Nov/2026:13:05:09 +0000`. */
function commonTime(ms: number): string {
  const date = new Date(ms)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}
