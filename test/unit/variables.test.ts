import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import { fieldValue } from '../../src/http/fields.js'
import { compileText, resolveEdits, resolveText } from '../../src/variables.js'
import { exchangeOf } from '../support/exchange.js'
import { text, worldOf } from '../support/gateway.js'

describe('a variable', () => {
  const exchange = exchangeOf({ method: 'PUT', target: '/a/../B%2fc/%41?x=%41&y', host: 'Shop.example:8443', id: 'id-7', info: { peer: { address: '2001:db8::1', scheme: 'https' } } })
  exchange.params = { user: 'a%20b', '*': '/rest' }

  test.each([
    ['{client.address}', '2001:db8::1'],
    ['{client.scheme}', 'https'],
    ['{client.host}', 'Shop.example:8443'],
    ['{request.id}', 'id-7'],
    ['{request.method}', 'PUT'],
    ['{request.path}', '/B%2Fc/A'],
    ['{request.query}', 'x=%41&y'],
    ['{request.uri}', '/a/../B%2fc/%41?x=%41&y'],
    ['{path.user}', 'a%20b'],
    ['{path.other}', ''],
    ['<{client.scheme}://{client.host}>', '<https://Shop.example:8443>'],
    ['{"braces": {client.scheme}}', '{"braces": https}'],
    ['{env.HOME} {} {client.scheme', '{env.HOME} {} {client.scheme'],
  ])('%s is %s', (written, expected) => {
    expect(resolveText(compileText(written), exchange)).toBe(expected)
  })

  test('that is not known is empty', () => {
    expect(resolveText(compileText('[{client.address}{request.query}]'), exchangeOf())).toBe('[]')
  })

  test('that every object has is none of the path', () => {
    expect(resolveText(compileText('[{path.constructor}{path.toString}{path.__proto__}]'), exchange)).toBe('[]')
  })
})

describe('compiled once', () => {
  test('a text without variables is itself', () => {
    expect(compileText('a {b}')).toBe('a {b}')
  })

  test('edits without variables are not made anew for each request', () => {
    const plan = { remove: new Set<string>(), set: ['A', '1'], append: ['B', '2'] }
    expect(resolveEdits(plan, exchangeOf()).set).toBe(plan.set)
    expect(resolveEdits(plan, exchangeOf()).append).toBe(plan.append)
  })
})

describe('in a configuration', () => {
  const routeOf = (route: Partial<Config['routes'][number]>): Partial<Config> => ({ routes: [{ path: '/users/:id/*', upstream: 'app', ...route }] })

  test('header values for the target and for the client have the values of the request at hand', async () => {
    const world = worldOf(routeOf({ headers: { request: { set: { 'X-User': '{path.id}', 'X-From': '{client.address} by {request.method}' } }, response: { set: { 'X-Id': '{request.id}' }, add: { 'X-Uri': '{request.uri}' } } } }), () => text('ok', ['X-Id', 'theirs']))
    const first = await world.ask('GET', '/users/7/a?b')
    const second = await world.ask('DELETE', '/users/8/', { peer: '192.0.2.1' })
    expect(world.sent.map(({ fields }) => [fieldValue(fields, 'x-user'), fieldValue(fields, 'x-from')])).toEqual([['7', '203.0.113.9 by GET'], ['8', '192.0.2.1 by DELETE']])
    expect([first.value('x-id'), first.value('x-uri'), second.value('x-id')]).toEqual(['id-1', '/users/7/a?b', 'id-2'])
  })

  test('a client cannot put a line of its own into a value', async () => {
    const world = worldOf({ routes: [{ path: '/:any', upstream: 'app', headers: { request: { set: { 'X-Any': '{path.any}', 'X-Query': '{request.query}' } } } }] })
    expect((await world.ask('GET', '/a%0d%0aX-Evil:1')).status).toBe(400)
    await world.ask('GET', '/a?%0d%0aX-Evil:1')
    expect(fieldValue(world.sent[0]!.fields, 'x-query')).toBe('%0d%0aX-Evil:1')
    expect(world.sent[0]!.fields.join('')).not.toMatch(/[\r\n]/)
    expect(world.sent[0]!.fields).not.toContain('X-Evil')
  })

  test.each([
    ['https://{client.host}{request.path}', 'https://gate.example/users/7/x?q=1'],
    ['{client.scheme}://www.{client.host}/', 'http://www.gate.example/?q=1'],
    ['/people/{path.id}', '/people/7?q=1'],
    ['/people/{path.id}#{request.id}', '/people/7?q=1#id-1'],
    ['/find?id={path.id}', '/find?id=7'],
    ['/{}/{other}', '/{}/{other}?q=1'],
  ])('a redirect to %s points to %s', async (to, location) => {
    const { ask } = worldOf({ routes: [{ path: '/users/:id/*', redirect: { to } }] })
    expect((await ask('GET', '/users/7/x?q=1')).value('location')).toBe(location)
  })
})
