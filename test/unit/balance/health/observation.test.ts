import { describe, expect, test } from 'vitest'
import { observationOf } from '../../../../src/balance/health/observation.js'
import { type ErrorCode, ERRORS, GatewayError } from '../../../../src/errors.js'

const coded = (code: string, message = code): Error => Object.assign(new Error(message), { code })
const failed = (code: ErrorCode, cause?: unknown): GatewayError => new GatewayError(code, { cause })
const kindOf = (outcome: GatewayError | number): string => observationOf(outcome).kind

describe('an answer', () => {
  test.each([200, 204, 301, 304, 400, 404, 429, 499, 500, 501, 505])('of %d speaks for the target', (status) => {
    expect(observationOf(status)).toEqual({ kind: 'success' })
  })

  test.each([502, 503, 504])('of %d speaks against it', (status) => {
    expect(observationOf(status)).toEqual({ kind: 'failure', reason: `${status}` })
  })

  test('that is a success makes no new object', () => {
    expect(observationOf(200)).toBe(observationOf(404))
  })
})

describe('an error', () => {
  test.each<ErrorCode>([
    'connection_refused',
    'connection_timeout',
    'connection_terminated',
    'tls_certificate_error',
    'tls_protocol_error',
    'http_protocol_error',
    'http_response_header_section_size',
    'http_response_incomplete',
    'http_response_timeout',
    'dns_error',
  ])('%s speaks against the target', (code) => {
    expect(observationOf(failed(code))).toEqual({ kind: 'failure', reason: code })
  })

  test.each<ErrorCode>(['client_aborted', 'client_timeout', 'http_request_error'])("%s is the client's and tells nothing", (code) => {
    expect(kindOf(failed(code))).toBe('aborted')
  })

  test.each<ErrorCode>(['proxy_internal_error', 'not_implemented', 'shutting_down', 'dns_timeout', 'destination_unavailable'])('%s is our own', (code) => {
    expect(kindOf(failed(code))).toBe('local-fault')
  })

  test('only those that blame the upstream can speak against it', () => {
    const blamed = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => kindOf(failed(code)) === 'failure')
    expect(blamed.filter((code) => ERRORS[code].side !== 'upstream')).toEqual([])
  })
})

describe('a failed connect', () => {
  test.each<[string, ErrorCode, unknown]>([
    ['no file is left', 'connection_refused', coded('EMFILE')],
    ['no port is left', 'connection_refused', coded('EADDRNOTAVAIL')],
    ['there is no network', 'connection_refused', coded('ENETUNREACH')],
    ['a local firewall forbids it', 'connection_refused', coded('EPERM')],
    ['the resolver does not answer', 'dns_error', coded('EAI_AGAIN')],
    ['the cause lies deeper', 'connection_refused', new TypeError('fetch failed', { cause: coded('EMFILE') })],
    ['every address failed so', 'connection_refused', new AggregateError([coded('ENETUNREACH'), coded('EADDRNOTAVAIL')])],
    ['the runtime says so in words', 'connection_refused', new TypeError('fetch failed', { cause: new Error('tcp connect error: Too many open files (os error 24)') })],
    ['the resolver says so in words', 'dns_error', new Error('dns error: failed to lookup address information: Temporary failure in name resolution')],
    ['the port range says so in words', 'connection_refused', new Error('tcp connect error: Cannot assign requested address (os error 99)')],
  ])('is our own when %s', (_, code, cause) => {
    expect(kindOf(failed(code, cause))).toBe('local-fault')
  })

  test.each<[string, ErrorCode, unknown]>([
    ['nobody listens', 'connection_refused', coded('ECONNREFUSED')],
    ['the host is gone', 'connection_refused', coded('EHOSTUNREACH')],
    ['the socket file is gone', 'connection_refused', coded('ENOENT')],
    ['its name is gone', 'dns_error', coded('ENOTFOUND')],
    ['one address is out of reach and the other refuses', 'connection_refused', new AggregateError([coded('ENETUNREACH'), coded('ECONNREFUSED')])],
    ['the runtime says so in words', 'connection_refused', new Error('tcp connect error: No route to host (os error 113)')],
    ['there is no cause at all', 'connection_refused', undefined],
  ])("is the target's when %s", (_, code, cause) => {
    expect(kindOf(failed(code, cause))).toBe('failure')
  })

  test('may have a cause that goes in circles', () => {
    const circle = new Error('a')
    circle.cause = circle
    expect(kindOf(failed('connection_refused', circle))).toBe('failure')
  })
})
