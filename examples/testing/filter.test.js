// Filters tested without a socket: a transport of three lines stands for the origin.
import { createGateway } from 'fetchgate'
import { expect, test, vi } from 'vitest'
import { closedAtNight, onlyWithKey } from './filter.js'

const sent = []
const transport = { lacks: new Set(), send: async (request) => (sent.push(request), { status: 204, fields: [], body: undefined }) }
const gateway = createGateway({ upstreams: { app: { targets: ['http://10.0.0.1'] } }, filters: [onlyWithKey, closedAtNight], routes: [{ upstream: 'app' }] }, { transport })
const get = (headers) => gateway.fetch(new Request('http://shop.example/', { headers }))

test('lets pass by day who has the key, and tells the origin the hour', async () => {
  vi.setSystemTime('2030-01-01T12:30:00Z')
  expect([(await get({})).status, (await get({ 'X-Key': 'open sesame', 'X-Hour': '3' })).status]).toEqual([403, 204])
  expect(sent.map(({ fields }) => fields.filter((_, i) => fields[i - (i % 2)].toLowerCase() === 'x-hour'))).toEqual([['x-hour', '12']])
})

test('asks everybody to come back at night', async () => {
  vi.setSystemTime('2030-01-01T02:00:00Z')
  const response = await get({ 'X-Key': 'open sesame' })
  expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([503, '14400', 'Come back at six.'])
})
