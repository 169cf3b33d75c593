import { expect, test } from 'vitest'
import { GatewayError } from '../../../src/errors.js'
import { inboundAnswer } from '../../../src/forward/inbound.js'
import { BytesPayload, type Payload } from '../../../src/http/payload.js'

test.each([200, 204, 304, 404, 500, 599])('%i is relayed, without the fields of its hop', (status) => {
  const body = new BytesPayload(new Uint8Array(1))
  expect(inboundAnswer({ status, reason: 'Fine', fields: ['Connection', 'X-Hop', 'X-Hop', '1', 'ETag', '"a"'], body })).toEqual({ status, reason: 'Fine', fields: ['ETag', '"a"'], body })
})

test.each([
  [204, ['content-length', '6'], []],
  [204, [], []],
  [205, ['content-length', '6'], ['Content-Length', '0']],
  [205, [], ['Content-Length', '0']],
  [304, ['content-length', '6'], ['content-length', '6']],
])('%i with %j has the length %j: a client must not take what follows for its body', (status, sent, told) => {
  expect(inboundAnswer({ status, fields: ['ETag', '"a"', ...sent, 'Transfer-Encoding', 'chunked'], body: undefined })).toMatchObject({ fields: ['ETag', '"a"', ...told] })
})

test.each([0, 100, 101, 103, 199, 600, 999, NaN])('%d is an invalid answer, and its body is given up', (status) => {
  let cancelled = 0
  const body: Payload = { length: undefined, used: false, stream: () => new ReadableStream(), cancel: () => void cancelled++ }
  const error = inboundAnswer({ status, fields: [], body })
  expect(error).toBeInstanceOf(GatewayError)
  expect((error as GatewayError).code).toBe('http_protocol_error')
  expect(cancelled).toBe(1)
})

test('101 is relayed when there is a connection behind it', () => {
  const tunnel = { cancel: () => {}, onEnd: () => {} }
  const fields = ['Upgrade', 'websocket', 'Connection', 'Upgrade', 'Content-Length', '0', 'Set-Cookie', 'a=1']
  expect(inboundAnswer({ status: 101, fields, body: undefined, tunnel })).toEqual({ status: 101, fields: ['Set-Cookie', 'a=1'], body: undefined, tunnel })
})
