// A gateway tested without a socket: a transport of a few lines stands for the origins, a number for the clock.
import { createGateway, GatewayError } from 'fetchgate'
import { BytesPayload } from 'fetchgate/adapter'
import { beforeEach, expect, test } from 'vitest'
import { config } from './gateway.js'

let sent, nowMs, respond, gateway

beforeEach(() => {
  sent = []
  nowMs = Date.UTC(2030, 0, 1)
  respond = ({ server }) => answer(200, ['Cache-Control', 'max-age=60'], `from ${server.hostname}`)
  const transport = {
    lacks: new Set(),
    async send(request) {
      sent.push(`${request.method} ${request.server.origin}${request.target}`)
      return respond(request)
    },
  }
  gateway = createGateway(config, { transport, clock: { nowMs: () => nowMs } })
})

const get = (path, init) => gateway.fetch(new Request(`http://shop.example${path}`, init))
const answer = (status, fields, text) => ({ status, fields, body: new BytesPayload(new TextEncoder().encode(text)) })

test('takes the prefix off and sends requests to the targets in turn', async () => {
  await get('/api/a')
  await get('/api/b')
  expect(sent).toEqual(['GET http://10.0.0.1:3000/a', 'GET http://10.0.0.2:3000/b'])
})

test('serves a fresh answer from the cache, and asks again when it is stale', async () => {
  // An answer is stored once it has been read to its end.
  await (await get('/api/a')).text()
  nowMs += 30_000
  const reused = await get('/api/a')
  expect([reused.headers.get('age'), await reused.text()]).toEqual(['30', 'from 10.0.0.1'])
  nowMs += 31_000
  await get('/api/a')
  expect(sent).toHaveLength(2)
})

test('asks the other target when the first cannot be reached', async () => {
  respond = ({ server }) => {
    if (server.hostname === '10.0.0.1') throw new GatewayError('connection_refused')
    return answer(200, [], `from ${server.hostname}`)
  }
  const response = await get('/api/a', { method: 'POST' })
  expect([response.status, await response.text()]).toEqual([200, 'from 10.0.0.2'])
})

test('refuses internal paths however they are spelled, and asks no target', async () => {
  const statuses = await Promise.all(['/internal/users', '/%69nternal/users', '/x/../internal/users'].map(async (path) => (await get(path)).status))
  expect([statuses, sent]).toEqual([[403, 403, 403], []])
})

test('redirects what has moved', async () => {
  const response = await get('/old/page?x=1')
  expect([response.status, response.headers.get('location')]).toEqual([308, '/new?x=1'])
})
