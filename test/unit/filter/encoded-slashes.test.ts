import { expect, test } from 'vitest'
import { rejectEncodedSlashes } from '../../../src/filter/encoded-slashes.js'
import { exchangeOf } from '../../support/exchange.js'
import { worldOf } from '../../support/gateway.js'

test.each([
  ['/a%2Fb', 'refuse'],
  ['/a%2fb', 'refuse'],
  ['/a%5Cb', 'refuse'],
  ['/a%5cb', 'refuse'],
  ['/a/x%2F/../b', 'refuse'],
  ['/a/b', 'pass'],
  ['/a%20b', 'pass'],
  ['/a?b=%2F', 'pass'],
  ['/a%252Fb', 'pass'],
])('%s: %s', (target, kind) => {
  expect(rejectEncodedSlashes(exchangeOf({ target })).kind).toBe(kind)
})

test('a route keeps them unless it is told otherwise', async () => {
  const world = worldOf({ routes: [{ path: '/strict/*', upstream: 'app', encodedSlashes: 'reject' }, { path: '/kept/*', upstream: 'app', encodedSlashes: 'keep' }, { upstream: 'app' }] })
  const statuses: number[] = []
  for (const target of ['/strict/a%2Fb', '/strict/a', '/kept/a%2Fb', '/a%5cb']) statuses.push((await world.ask('GET', target)).status)
  expect(statuses).toEqual([400, 200, 200, 200])
  expect(world.sent.map(({ target }) => target)).toEqual(['/strict/a', '/kept/a%2Fb', '/a%5cb'])
})

test('the log has the reason, before any other filter of the route', async () => {
  const world = worldOf({ routes: [{ upstream: 'app', encodedSlashes: 'reject', filters: [{ deny: { path: ['/*'] } }] }] })
  await world.ask('GET', '/a%2Fb')
  expect(world.events.at(-1)).toMatchObject({ status: 400, error: 'http_request_error', detail: 'encodedSlashes: the path has an escaped slash or backslash' })
})
