import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ErrorCode, ERRORS, GatewayError } from '../../../src/errors.js'
import { decideRetry, type FailedAttempt, type RetryPolicy } from '../../../src/forward/retry.js'

const POLICY: RetryPolicy = { attempts: 2, onConnectFailure: true, onReset: true }
const failed = (code: ErrorCode, rest: Partial<FailedAttempt> = {}): FailedAttempt => ({ error: new GatewayError(code), made: 1, method: 'GET', body: 'none', ...rest })

test.each<[string, FailedAttempt, Partial<RetryPolicy>, boolean]>([
  ['nobody listened', failed('connection_refused'), {}, true],
  ['nobody listened to a POST', failed('connection_refused', { method: 'POST' }), {}, true],
  ['nobody listened to a POST whose body is there still', failed('connection_refused', { method: 'POST', body: 'unread' }), {}, true],
  ['nobody listened, but the body was begun', failed('connection_refused', { method: 'PUT', body: 'read' }), {}, false],
  ['nobody listened, and that is not to be retried', failed('connection_refused'), { onConnectFailure: false }, false],
  ['the connection broke under a GET', failed('connection_terminated'), {}, true],
  ['the connection broke under a DELETE', failed('connection_terminated', { method: 'DELETE' }), {}, true],
  ['the connection broke under a POST', failed('connection_terminated', { method: 'POST' }), {}, false],
  ['the connection broke under a PATCH', failed('connection_terminated', { method: 'PATCH' }), {}, false],
  ['the connection broke under a method nobody knows', failed('connection_terminated', { method: 'FROB' }), {}, false],
  ['the connection broke under "get", which is not GET', failed('connection_terminated', { method: 'get' }), {}, false],
  ['the connection broke, and that is not to be retried', failed('connection_terminated'), { onReset: false }, false],
  ['the server was too slow', failed('http_response_timeout'), {}, false],
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
    error: fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[])).map((code) => new GatewayError(code)),
    made: fc.integer({ min: 1, max: 5 }),
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'FROB'),
    body: fc.constantFrom('none', 'unread', 'read'),
  })
  const policy = fc.record({ attempts: fc.nat(3), onConnectFailure: fc.boolean(), onReset: fc.boolean() })

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
        expect(failure.error.side).toBe('upstream')
        if (failure.method === 'POST' || failure.method === 'PATCH' || failure.method === 'FROB') expect(failure.error.retry).toBe('unsent')
      }),
    )
  })
})
