import { describe, expect, test } from 'vitest'
import { GRPC_HEALTH_PATH, grpcHealthRequest, judgeGrpcAnswer } from '../../../../src/balance/health/grpc-probe.js'
import { DEFAULT_EXPECTED as EXPECTED, type ExpectedAnswer, judgeAnswer, judgeProbeError, type ProbeAnswer } from '../../../../src/balance/health/probe-verdict.js'
import { GatewayError } from '../../../../src/errors.js'

const ANSWER: ProbeAnswer = { status: 200, fields: ['X-Ready', ' yes ', 'x-role', 'a', 'X-Role', 'b'], body: '{"ok":true}' }

/** `pass`, or the reason why not. */
const judge = (answer: Partial<ProbeAnswer>, expected: Partial<ExpectedAnswer>): string => {
  const verdict = judgeAnswer({ ...ANSWER, ...answer }, { ...EXPECTED, ...expected })
  return verdict.kind === 'pass' ? 'pass' : `${verdict.kind}: ${verdict.reason}`
}

describe('an answer', () => {
  test.each<[string, Partial<ProbeAnswer>, Partial<ExpectedAnswer>, string]>([
    ['with a status in range', { status: 200 }, {}, 'pass'],
    ['with the last status in range', { status: 399 }, {}, 'pass'],
    ['with a status below', { status: 199 }, {}, 'fail: status 199, expected 200-399'],
    ['with a status above', { status: 400 }, {}, 'fail: status 400, expected 200-399'],
    ['with one of several statuses', { status: 418 }, { statuses: [[200, 204], [418, 418]] }, 'pass'],
    ['with none of several statuses', { status: 205 }, { statuses: [[200, 204], [418, 418]] }, 'fail: status 205, expected 200-204, 418'],
    ['with the field', {}, { fields: [['x-ready', 'yes']] }, 'pass'],
    ['with the field among several of its name', {}, { fields: [['x-role', 'b']] }, 'pass'],
    ['with another value', {}, { fields: [['x-role', 'c']] }, 'fail: x-role is "a", "b", expected "c"'],
    ['with a value of another case', {}, { fields: [['x-ready', 'YES']] }, 'fail: x-ready is " yes ", expected "YES"'],
    ['without the field', {}, { fields: [['x-zone', 'a']] }, 'fail: no x-zone, expected "a"'],
    ['with one field of two', {}, { fields: [['x-ready', 'yes'], ['x-zone', 'a']] }, 'fail: no x-zone, expected "a"'],
    ['with the text', {}, { bodyText: '"ok":true' }, 'pass'],
    ['without the text', {}, { bodyText: '"ok":false' }, 'fail: ""ok":false" is not in the first 11 characters of the body'],
  ])('%s', (_, answer, expected, outcome) => {
    expect(judge(answer, expected)).toBe(outcome)
  })
})

describe('a probe without an answer', () => {
  test.each([
    ['nobody listens', new GatewayError('connection_refused', { message: 'connect ECONNREFUSED' }), { kind: 'fail', reason: 'connect ECONNREFUSED' }],
    ['the answer is late', new GatewayError('http_response_timeout', { message: 'no answer in 2 s' }), { kind: 'fail', reason: 'no answer in 2 s' }],
    ['no socket is left', new GatewayError('connection_refused', { message: 'EMFILE', cause: Object.assign(new Error(), { code: 'EMFILE' }) }), { kind: 'void', reason: 'EMFILE' }],
    ['the resolver is silent', new GatewayError('dns_timeout', { message: 'EAI_AGAIN' }), { kind: 'void', reason: 'EAI_AGAIN' }],
    ['it was given up', new GatewayError('client_aborted', { message: 'stopping' }), { kind: 'void', reason: 'stopping' }],
  ])('because %s', (_, error, verdict) => {
    expect(judgeProbeError(error)).toEqual(verdict)
  })
})

describe('a gRPC health check', () => {
  const framed = (...message: number[]): Uint8Array => Uint8Array.of(0, 0, 0, 0, message.length, ...message)

  test('asks for the server, or for a service', () => {
    expect(GRPC_HEALTH_PATH).toBe('/grpc.health.v1.Health/Check')
    expect([...grpcHealthRequest('')]).toEqual([0, 0, 0, 0, 0])
    expect([...grpcHealthRequest('ab')]).toEqual([0, 0, 0, 0, 4, 0x0a, 2, 0x61, 0x62])
  })

  test('may ask for a service with a long name', () => {
    const bytes = grpcHealthRequest('x'.repeat(300))
    expect([...bytes.subarray(0, 8)]).toEqual([0, 0, 0, 1, 47, 0x0a, 0xac, 0x02])
    expect(bytes.length).toBe(5 + 303)
  })

  test.each<[string, string | undefined, Uint8Array, string]>([
    ['serving', '0', framed(8, 1), 'pass'],
    ['not serving', '0', framed(8, 2), 'NOT_SERVING'],
    ['unknown, which is left out', '0', framed(), 'UNKNOWN'],
    ['an unknown service', '0', framed(8, 3), 'SERVICE_UNKNOWN'],
    ['a status of the future', '0', framed(8, 9), 'serving status 9'],
    ['no such method', '12', new Uint8Array(), 'grpc-status 12'],
    ['no such service', '5', new Uint8Array(), 'grpc-status 5'],
    ['no status', undefined, framed(8, 1), 'no grpc-status in the answer'],
    ['no message', '0', new Uint8Array(), 'the answer is no HealthCheckResponse'],
    ['a compressed message', '0', Uint8Array.of(1, 0, 0, 0, 2, 8, 1), 'the answer is no HealthCheckResponse'],
    ['two messages', '0', Uint8Array.of(...framed(8, 1), ...framed(8, 1)), 'the answer is no HealthCheckResponse'],
    ['half a message', '0', Uint8Array.of(0, 0, 0, 0, 2, 8), 'the answer is no HealthCheckResponse'],
    ['another message', '0', framed(0x0a, 1), 'the answer is no HealthCheckResponse'],
    ['a length past all bounds', '0', Uint8Array.of(0, 255, 255, 255, 255, 8, 1), 'the answer is no HealthCheckResponse'],
  ])('%s', (_, status, body, outcome) => {
    const verdict = judgeGrpcAnswer(status, body)
    expect(verdict.kind === 'pass' ? 'pass' : verdict.reason).toBe(outcome)
  })
})
