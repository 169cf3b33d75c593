import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accessLine, type RequestEvent } from '../../../src/index.js'
import { redactQuery, SECRET_PARAMETERS } from '../../../src/observe/redact.js'

const NOW_MS = Date.UTC(2026, 10, 5, 13, 5, 9, 70)

const event = (changes: Partial<RequestEvent> = {}): RequestEvent => ({
  kind: 'request', id: 'id-1', method: 'GET', host: 'a.test', target: '/x?page=2', client: '203.0.113.9', status: 200, durationMs: 12,
  route: '/*', server: 'http://origin.internal:3001', attempts: 1, cache: undefined, error: undefined, detail: undefined, filter: undefined, trial: undefined, user: undefined,
  requestFields: ['Host', 'a.test', 'User-Agent', 'curl/8', 'Authorization', 'Basic c2VjcmV0', 'Cookie', 'sid=secret'], answerFields: ['content-length', '5'],
  ...changes,
})

describe('a line of JSON', () => {
  test('has what is known, and leaves out what is not', () => {
    expect(JSON.parse(accessLine()(event(), NOW_MS))).toEqual({
      time: '2026-11-05T13:05:09.070Z', id: 'id-1', client: '203.0.113.9', method: 'GET', host: 'a.test', target: '/x?page=2', status: 200,
      durationMs: 12, bytes: 5, server: 'http://origin.internal:3001', attempts: 1, userAgent: 'curl/8',
    })
  })

  test('tells why the gateway answered by itself', () => {
    expect(JSON.parse(accessLine()(event({ status: 502, error: 'connection_refused', detail: 'nobody listens', cache: 'fetchgate; fwd=miss' }), NOW_MS))).toMatchObject({ error: 'connection_refused', detail: 'nobody listens', cache: 'fetchgate; fwd=miss' })
  })
})

describe('a combined line', () => {
  const line = accessLine({ format: 'combined' })

  test('is that of Apache and nginx', () => {
    expect(line(event({ requestFields: ['Referer', 'https://a.test/', 'User-Agent', 'curl/8'] }), NOW_MS)).toBe('203.0.113.9 - - [05/Nov/2026:13:05:09 +0000] "GET /x?page=2 HTTP/1.1" 200 5 "https://a.test/" "curl/8"')
  })

  test('has a dash for what is unknown', () => {
    expect(line(event({ client: undefined, requestFields: [], answerFields: [] }), NOW_MS)).toBe('- - - [05/Nov/2026:13:05:09 +0000] "GET /x?page=2 HTTP/1.1" 200 - "-" "-"')
  })
})

test('no client can end its line or its quotes, or add a field, in either format', () => {
  const nasty = fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', '\u2028', '\x1b', '\x7f', 'é', ' ', 'x', '}', ','), maxLength: 20, size: 'max' })
  fc.assert(
    fc.property(nasty, nasty, nasty, (target, agent, referer) => {
      const told = event({ target, requestFields: ['User-Agent', agent, 'Referer', referer] })
      const json = accessLine()(told, NOW_MS)
      expect(json).not.toMatch(/[\n\r]/)
      expect(JSON.parse(json)).toMatchObject({ target, userAgent: agent, referer })
      expect(accessLine({ format: 'combined' })(told, NOW_MS)).toMatch(/^203\.0\.113\.9 - - \[[^\]]+\] "[^"\n\r]*" 200 5 "[^"\n\r]*" "[^"\n\r]*"$/)
    }),
  )
})

describe('what is secret', () => {
  test('fields that carry credentials are in no line', () => {
    for (const format of ['json', 'combined'] as const) expect(accessLine({ format })(event(), NOW_MS)).not.toMatch(/c2VjcmV0|sid/)
  })

  test.each([
    ['/x?token=s3cret&page=2', '/x?token=redacted&page=2'],
    ['/x?page=2;Access_Token=s3cret', '/x?page=2;Access_Token=redacted'],
    ['/x?%74oken=s3cret', '/x?%74oken=redacted'],
    ['https://a.test/cb#access_token=s3cret', 'https://a.test/cb#access_token=redacted'],
    ['https://a.test/cb?x#id_token=s3cret&y=1', 'https://a.test/cb?x#id_token=redacted&y=1'],
    ['/x?token=a?key=b=c&token', '/x?token=redacted&token'],
    ['/x?tokens=1&atoken=2', '/x?tokens=1&atoken=2'],
    ['/token=1', '/token=1'],
  ])('of %s there is %s', (url, shown) => {
    expect(redactQuery(url, new Set(SECRET_PARAMETERS))).toBe(shown)
  })

  test('the value of a secret parameter is in no line, wherever it stands', () => {
    const other = fc.stringMatching(/^[a-z]{1,8}(=[a-z]{0,8})?$/)
    fc.assert(
      fc.property(fc.array(other), fc.array(other), fc.constantFrom(...SECRET_PARAMETERS), fc.constantFrom('&', ';'), (before, after, name, and) => {
        const target = `/p?${[...before, `${name.toUpperCase()}=S3CRET`, ...after].join(and)}`
        expect(accessLine()(event({ target, requestFields: ['Referer', `https://a.test${target}`] }), NOW_MS)).not.toContain('S3CRET')
      }),
    )
  })

  test('the list can be another, or empty', () => {
    expect(accessLine({ redact: ['PAGE'] })(event(), NOW_MS)).toContain('page=redacted')
    expect(accessLine({ redact: [] })(event({ target: '/?token=1' }), NOW_MS)).toContain('token=1')
  })
})
