import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ErrorCode, ERRORS, GatewayError } from '../../../src/errors.js'
import { type Fields, fieldValue } from '../../../src/http/fields.js'
import { BytesPayload } from '../../../src/http/payload.js'
import type { Answer } from '../../../src/ports.js'
import { problemAnswer } from '../../../src/respond/problem.js'
import { redirectLocation } from '../../../src/respond/redirect.js'
import { exchangeOf } from '../../support/exchange.js'
import { anyText } from '../../support/text.js'

const bodyOf = ({ body }: Answer): string => (body instanceof BytesPayload ? new TextDecoder().decode(body.bytes) : '')

describe('problemAnswer', () => {
  test.each<[string | undefined, boolean]>([
    [undefined, false],
    ['*/*', false],
    ['application/json, text/html', false],
    ['text/html', true],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['Application/XHTML+XML', true],
    ['text/htmlx', false],
  ])('for Accept %j is a page: %s', (accept, page) => {
    const fields: Fields = accept === undefined ? [] : ['Accept', accept]
    const answer = problemAnswer(new GatewayError('no_route'), 'id', { method: 'GET', fields })
    expect(fieldValue(answer.fields, 'content-type')).toBe(page ? 'text/html; charset=utf-8' : 'application/problem+json')
  })

  test.each(Object.keys(ERRORS) as ErrorCode[])('%s is whole: its own status, a length that is right, never stored', (code) => {
    for (const fields of [[], ['Accept', 'text/html']]) {
      const answer = problemAnswer(new GatewayError(code, { message: 'http://origin.internal:3000' }), 'id-7', { method: 'GET', fields })
      expect(answer.status).toBe(ERRORS[code].status)
      expect(Number(fieldValue(answer.fields, 'content-length'))).toBe(new TextEncoder().encode(bodyOf(answer)).byteLength)
      expect(fieldValue(answer.fields, 'cache-control')).toBe('no-store')
      expect(fieldValue(answer.fields, 'proxy-status') !== undefined).toBe(ERRORS[code].side !== 'client')
      expect(bodyOf(answer) + answer.fields.join()).not.toContain('origin.internal')
      expect(bodyOf(answer)).toContain('id-7')
    }
  })

  test.each([[400, 'http_request_error', true], [408, 'client_timeout', true], [404, 'no_route', false], [502, 'dns_error', false]] as const)('%i %s ends the connection: %s', (_, code, close) => {
    expect(problemAnswer(new GatewayError(code), 'id', { method: 'GET', fields: [] }).close ?? false).toBe(close)
  })

  test('no detail can break out of the page or of the document', () => {
    fc.assert(
      fc.property(fc.oneof(anyText(), fc.constantFrom('<script>', '"\'', '&lt;', '</p>')), (detail) => {
        const error = new GatewayError('http_request_error', { detail })
        const page = bodyOf(problemAnswer(error, 'id', { method: 'GET', fields: ['Accept', 'text/html'] }))
        const shown = /<p>([^]*?)<\/p>\n<p><small>/.exec(page)![1]!
        expect(shown).not.toMatch(/[<>"']/)
        expect((JSON.parse(bodyOf(problemAnswer(error, 'id', { method: 'GET', fields: [] }))) as { detail: string }).detail).toBe(detail)
      }),
    )
  })
})

test.each([
  ['/new', '/old', '/new'],
  ['/new', '/old?a=1', '/new?a=1'],
  ['/new', '/old?', '/new?'],
  ['/new?b=2', '/old?a=1', '/new?b=2'],
  ['https://other.example/', '/old?a=%2f', 'https://other.example/?a=%2f'],
  ['/new#part', '/old?a=1', '/new?a=1#part'],
])('a redirect to %s from %s leads to %s', (to, target, location) => {
  expect(redirectLocation(to, exchangeOf({ target }).target)).toBe(location)
})
