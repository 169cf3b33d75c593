import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ErrorCode, ERRORS, GatewayError } from '../../../src/errors.js'
import { decideRetry, type FailedAttempt, keepsBody, retryDelayMs, type RetryPolicy, type RetryReason } from '../../../src/forward/retry.js'

const policyOn = (...on: RetryReason[]): RetryPolicy => ({ attempts: 2, on: new Set(on), maxReplayBytes: 0 })
const POLICY = policyOn('connect-failure', 'reset-before-response')
const answered = (status: number, rest: Partial<FailedAttempt> = {}): FailedAttempt => ({ failure: status, made: 1, method: 'GET', body: 'none', ...rest })
const failed = (code: ErrorCode, rest: Partial<FailedAttempt> = {}): FailedAttempt => ({ failure: new GatewayError(code), made: 1, method: 'GET', body: 'none', ...rest })

test.each<[string, FailedAttempt, Partial<RetryPolicy>, boolean]>([
  ['nobody listened', failed('connection_refused'), {}, true],
  ['nobody listened to a POST', failed('connection_refused', { method: 'POST' }), {}, true],
  ['nobody listened to a POST whose body is there still', failed('connection_refused', { method: 'POST', body: 'unread' }), {}, true],
  ['nobody listened, but the body was begun', failed('connection_refused', { method: 'PUT', body: 'read' }), {}, false],
  ['nobody listened, and that is not to be retried', failed('connection_refused'), policyOn('reset-before-response'), false],
  ['the connection broke under a GET', failed('connection_terminated'), {}, true],
  ['the connection broke under a DELETE', failed('connection_terminated', { method: 'DELETE' }), {}, true],
  ['the connection broke under a POST', failed('connection_terminated', { method: 'POST' }), {}, false],
  ['the connection broke under a PATCH', failed('connection_terminated', { method: 'PATCH' }), {}, false],
  ['the connection broke under a method nobody knows', failed('connection_terminated', { method: 'FROB' }), {}, false],
  ['the connection broke under "get", which is not GET', failed('connection_terminated', { method: 'get' }), {}, false],
  ['the connection broke, and that is not to be retried', failed('connection_terminated'), policyOn('connect-failure'), false],
  ['the server was too slow', failed('http_response_timeout'), {}, false],
  ['the server was too slow for a GET, and that is to be retried', failed('http_response_timeout'), policyOn('timeout'), true],
  ['the server was too slow for a POST, and that is to be retried', failed('http_response_timeout', { method: 'POST' }), policyOn('timeout'), false],
  ['the server answered 503', answered(503), {}, false],
  ['the server answered 503, and that is to be retried', answered(503), policyOn('503'), true],
  ['the server answered a POST with 503, and that is to be retried', answered(503, { method: 'POST' }), policyOn('503'), false],
  ['the server answered 502, and 503 is to be retried', answered(502), policyOn('503'), false],
  ['the server answered 500', answered(500), policyOn('502', '503', '504'), false],
  ['the server answered 425, which is for the client to repeat', answered(425), policyOn('502', '503', '504'), false],
  ['the server answered 429', answered(429), policyOn('502', '503', '504'), false],
  ['the connection broke under a QUERY', failed('connection_terminated', { method: 'QUERY' }), {}, true],
  ['the server answered 200', answered(200), policyOn('502', '503', '504'), false],
  ['the server spoke nonsense', failed('http_protocol_error'), {}, false],
  ['the client went away', failed('client_aborted'), {}, false],
  ['the last attempt was made', failed('connection_refused', { made: 3 }), {}, false],
  ['one attempt is left', failed('connection_refused', { made: 2 }), {}, true],
  ['retries are off', failed('connection_refused'), { attempts: 0 }, false],
])('%s', (_, attempt, policy, again) => {
  expect(decideRetry(attempt, { ...POLICY, ...policy }).kind).toBe(again ? 'again' : 'stop')
})

describe('for any failure', () => {
  const attempt = fc.record({
    failure: fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[])).map((code) => new GatewayError(code)),
    made: fc.integer({ min: 1, max: 5 }),
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'FROB'),
    body: fc.constantFrom('none', 'unread', 'read'),
  })
  const policy = fc.record({ attempts: fc.nat(3), on: fc.subarray<RetryReason>(['connect-failure', 'reset-before-response', 'timeout', '502', '503', '504']).map((on) => new Set(on)), maxReplayBytes: fc.constant(0) })

  test('what may have taken effect is not repeated, nor a body that was begun, nor more often than allowed', () => {
    fc.assert(
      fc.property(attempt, policy, (failure, allowed) => {
        const decision = decideRetry(failure, allowed)
        if (decision.kind === 'stop') {
          expect(decision.reason).not.toBe('')
          return
        }
        expect(failure.body).not.toBe('read')
        expect(failure.made).toBeLessThanOrEqual(allowed.attempts)
        expect(failure.failure.side).toBe('upstream')
        if (failure.method === 'POST' || failure.method === 'PATCH' || failure.method === 'FROB') expect(failure.failure.retry).toBe('unsent')
      }),
    )
  })
})

test.each<[string, number | undefined, Partial<RetryPolicy>, boolean]>([
  ['a body is not kept where nobody asked for it', 10, {}, false],
  ['a body without a length neither', undefined, {}, false],
  ['a small one is where they did', 10, { maxReplayBytes: 10 }, true],
  ['one of unknown length too, as it may be small', undefined, { maxReplayBytes: 10 }, true],
  ['a larger one is not', 11, { maxReplayBytes: 10 }, false],
  ['none is where nothing is repeated', 10, { maxReplayBytes: 10, attempts: 0 }, false],
])('%s', (_, length, policy, kept) => {
  expect(keepsBody(length, { ...POLICY, ...policy })).toBe(kept)
})

describe('the wait before a retry', () => {
  test.each([
    ['another server is asked at once', 1, false, undefined, 0.9, 0],
    ['the first wait for the same server is a part of 25 ms', 1, true, undefined, 0.5, 12.5],
    ['the span doubles', 3, true, undefined, 0.5, 50],
    ['the span ends at 250 ms', 9, true, undefined, 0.5, 125],
    ['a server that names a second is given it', 1, true, '1', 0.5, 1000],
    ['a server that names a minute is not waited for', 1, true, '60', 0.5, undefined],
    ['a server that names a time soon is left alone until then', 1, true, 'Thu, 01 Jan 2032 00:00:01 GMT', 0.5, 1000],
    ['a server that names a time far away is not waited for', 1, true, 'Thu, 01 Jan 2032 00:01:00 GMT', 0.5, undefined],
    ['a server that names a time gone by is asked at once', 1, true, 'Thu, 01 Jan 2031 00:00:00 GMT', 0.5, 0],
    ['what is neither a number nor a date names no time', 1, true, 'soon', 0.5, 12.5],
    ['a malformed date names none either', 1, true, 'Some, day GMT', 0.5, 12.5],
  ])('%s', (_, made, same, retryAfter, roll, expected) => {
    expect(retryDelayMs(made, same, retryAfter, Date.UTC(2032, 0, 1), roll)).toBe(expected)
  })
})
