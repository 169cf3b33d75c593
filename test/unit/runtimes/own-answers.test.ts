import { expect, test } from 'vitest'
import { OwnAnswers } from '../../../runtimes/shared/own-answers.js'
import { type GatewayEvent, GatewayError } from '../../../src/index.js'

const REQUEST = { method: 'GET', target: '/a?b', fields: ['Host', 'A.test:8443'] }
const PEER = { address: '203.0.113.9', port: 5000 }

test('an answer is told with the id that it carries', () => {
  const events: GatewayEvent[] = []
  const { fields } = new OwnAnswers((event) => void events.push(event)).give(REQUEST, PEER, { status: 308, fields: ['Location', '/'], body: undefined })
  expect(fields).toEqual(['Location', '/', 'X-Request-ID', expect.any(String)])
  expect(events).toMatchObject([{ kind: 'request', id: fields[3], method: 'GET', target: '/a?b', host: 'a.test', client: '203.0.113.9', status: 308, error: undefined, requestFields: REQUEST.fields, answerFields: fields }])
})

test('an error becomes a problem document, and is told by its code', () => {
  const events: GatewayEvent[] = []
  const answer = new OwnAnswers((event) => void events.push(event)).give(REQUEST, undefined, new GatewayError('misdirected'))
  expect(answer).toMatchObject({ status: 421, body: expect.anything() as unknown })
  expect(events).toMatchObject([{ status: 421, error: 'misdirected', client: undefined }])
})

test('nobody needs to observe, and what is no host has no name', () => {
  expect(new OwnAnswers(undefined).give({ ...REQUEST, fields: [] }, PEER, new GatewayError('misdirected')).status).toBe(421)
})
