// limits: requests that are too large in some way are refused, by their heads before anything else and by their bodies while they pass.
import type { FilterConfig } from '../../config/schema.js'
import { type ErrorCode, GatewayError } from '../../errors.js'
import type { Exchange } from '../../exchange.js'
import { type Fields, fieldValues } from '../../http/fields.js'
import { type Guard, GuardedBody } from '../../http/guarded-body.js'
import type { Payload } from '../../http/payload.js'
import type { Ports } from '../../ports.js'
import { PASS, type Refusal, type Rule, type Verdict } from '../verdict.js'
import { afterFormPiece, hasType, parameterCount, sectionBytes } from './count.js'
import { afterPiece, JSON_START } from './json-depth.js'
import { MAX_BEHIND_MS, timeLeftMs } from './rate.js'

type LimitsConfig = NonNullable<FilterConfig['limits']>

const JSON_TYPE = /^\s*(application\/json|[\w.+-]+\/[\w.+-]+\+json)\s*(;|$)/i
const FORM_TYPE = /^\s*application\/x-www-form-urlencoded\s*(;|$)/i
/** One in which a byte of ASCII may be part of something else, as in UTF-16: a parser that goes by it reads other brackets than we. */
const OTHER_CHARSET = /;\s*charset\*?\s*=(?!\s*"?(?:utf-?8|us-ascii|iso-8859-\d+|windows-125\d)"?\s*(?:[;,]|$))/i

/** Refuses what is above a limit that is set. */
export function limitsRule(config: LimitsConfig, { ports: { clock } }: { readonly ports: Pick<Ports, 'clock'> }): Rule {
  const nowMs = (): number => clock.nowMs()
  return (exchange) => headRefusal(config, exchange) ?? (exchange.body ? ofBody(config, exchange, exchange.body, nowMs) : PASS)
}

function headRefusal({ url, headers, headerCount, args }: LimitsConfig, { target, sentFields }: Exchange): Refusal | undefined {
  if (url !== undefined && target.raw.length > url) return refusal('uri_too_long', `url of more than ${url} bytes`)
  if (headerCount !== undefined && sentFields.length > 2 * headerCount) return refusal('header_section_size', `more than ${headerCount} header lines`)
  if (headers !== undefined && sectionBytes(sentFields) > headers) return refusal('header_section_size', `headers of more than ${headers} bytes`)
  if (args !== undefined && parameterCount(target.query ?? '') > args) return refusal('uri_too_long', `more than ${args} parameters`)
  return undefined
}

function ofBody({ body: maxBytes, minRate, jsonDepth, args }: LimitsConfig, { fields }: Exchange, body: Payload, nowMs: () => number): Verdict {
  if (maxBytes !== undefined && body.length !== undefined && body.length > maxBytes) return refusal('content_too_large', bodyReason(maxBytes))
  const guards: Guard[] = []
  if (maxBytes !== undefined && body.length === undefined) guards.push(bytesGuard(maxBytes))
  if (minRate !== undefined) guards.push(rateGuard(minRate))
  if (jsonDepth !== undefined && hasType(fields, JSON_TYPE)) {
    if (isCoded(fields)) return refusal('http_request_denied', 'a JSON body with Content-Encoding, which cannot be looked into')
    if (fieldValues(fields, 'content-type').some((value) => OTHER_CHARSET.test(value))) return refusal('http_request_denied', 'a JSON body in another charset than UTF-8')
    guards.push(depthGuard(jsonDepth))
  }
  if (args !== undefined && hasType(fields, FORM_TYPE)) {
    if (isCoded(fields)) return refusal('http_request_denied', 'a form with Content-Encoding, which cannot be looked into')
    guards.push(formGuard(args))
  }
  return guards.length === 0 ? PASS : { kind: 'pass', body: new GuardedBody(body, guards, nowMs) }
}

function isCoded(fields: Fields): boolean {
  return fieldValues(fields, 'content-encoding').some((value) => !/^\s*(identity)?\s*$/i.test(value))
}

function bytesGuard(maxBytes: number): Guard {
  let bytes = 0
  return (piece) => {
    bytes += piece.byteLength
    return bytes > maxBytes ? tooLarge(bodyReason(maxBytes)) : undefined
  }
}

function rateGuard(bytesPerSecond: number): Guard {
  let leftMs = MAX_BEHIND_MS
  return (piece, waitedMs) => {
    leftMs = timeLeftMs(leftMs, piece.byteLength, waitedMs, bytesPerSecond)
    return leftMs < 0 ? new GatewayError('client_timeout', { message: `limits: body slower than ${bytesPerSecond} bytes a second` }) : undefined
  }
}

function depthGuard(maxDepth: number): Guard {
  let place = JSON_START
  return (piece) => {
    // JSON has no NUL but in UTF-16 and UTF-32, which some parsers know by it.
    if (piece.includes(0)) return new GatewayError('http_request_denied', { message: 'limits: a JSON body in another charset than UTF-8' })
    place = afterPiece(place, piece)
    return place.deepest > maxDepth ? tooLarge(`JSON deeper than ${maxDepth}`) : undefined
  }
}

function formGuard(maxCount: number): Guard {
  let place = { count: 0, isOpen: false }
  return (piece) => {
    place = afterFormPiece(place, piece)
    return place.count > maxCount ? tooLarge(`more than ${maxCount} parameters in the body`) : undefined
  }
}

const bodyReason = (maxBytes: number): string => `body of more than ${maxBytes} bytes`

function tooLarge(why: string): GatewayError {
  return new GatewayError('content_too_large', { message: `limits: ${why}` })
}

function refusal(code: ErrorCode, why: string): Refusal {
  return { kind: 'refuse', code, reason: `limits: ${why}` }
}
