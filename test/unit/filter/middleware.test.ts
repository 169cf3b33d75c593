import { expect, test } from 'vitest'
import { type Middleware, middleware } from '../../../src/filter/index.js'
import { worldOf } from '../../support/gateway.js'

const behind = (run: Middleware) => worldOf({ filters: [middleware(run)] })

test('a Response ends the request, before a server hears of it', async () => {
  const world = behind((request) => new Response(`no ${new URL(request.url).pathname}`, { status: 418, headers: { 'X-Own': 'a', Connection: 'close' } }))
  const told = await world.ask('GET', '/tea')
  expect([told.status, told.text, told.value('x-own'), told.value('connection'), told.value('x-request-id')]).toEqual([418, 'no /tea', 'a', undefined, 'id-1'])
  expect([(await world.ask('HEAD', '/tea')).hasBody, world.sent.length]).toEqual([false, 0])
})

test('undefined lets it pass as it is, and a promise is waited for', async () => {
  const world = behind(() => Promise.resolve(undefined))
  await world.ask('PURGE', '/a?b=c', { fields: ['X-A', '1', 'x-a', '2'] })
  expect(world.sent.map(({ method, target, fields }) => [method, target, fields.slice(2, 6)])).toEqual([['PURGE', '/a?b=c', ['X-A', '1', 'x-a', '2']]])
})

test('a Request gives other headers, in place of what clients send under their names in any spelling', async () => {
  const world = worldOf({
    filters: [middleware((request) => {
      const headers = new Headers(request.headers)
      headers.set('X-User', 'ann')
      headers.delete('X-Secret')
      headers.set('Content-Length', '7')
      headers.set('Host', 'evil.example')
      return new Request(request, { headers })
    })],
    normalization: { oddHeaders: 'keep' },
  })
  await world.ask('GET', '/', { fields: ['Accept', 'a', 'X-USER', 'root', 'X_User', 'root', 'X-Secret', 's', 'Connection', 'x-user', 'accept', 'b'] })
  const { fields } = world.sent[0]!
  const lines = fields.flatMap((name, i) => (i % 2 === 0 && /^(host|accept|x-user|x_user|x-secret|content-length)$/i.test(name) ? [`${name}: ${fields[i + 1]}`] : []))
  expect(lines).toEqual(['Host: origin-a.internal:3001', 'Accept: a', 'accept: b', 'x-user: ann'])
})

test('the URL is the canonical one, as other filters see it', async () => {
  const urls: string[] = []
  const world = behind((request) => void urls.push(request.url))
  await world.ask('GET', '/a/../%61dmin?x=%61', { host: 'Shop.Example:8080' })
  await world.ask('OPTIONS', '*')
  expect(urls).toEqual(['http://shop.example:8080/admin?x=%61', 'http://gate.example/'])
})

test.each<[string, Middleware]>([
  ['throws', () => { throw new Error('own: broken') }],
  ['rejects', () => Promise.reject(new Error('own: broken'))],
  ['gives another URL', () => new Request('http://gate.example/other')],
  ['gives another method', (request) => new Request(request, { method: 'POST' })],
])('one that %s lets nothing pass', async (_, run) => {
  const world = behind(run)
  expect([(await world.ask('GET', '/')).status, world.sent.length]).toEqual([500, 0])
})
