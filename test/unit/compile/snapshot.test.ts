import { describe, expect, test } from 'vitest'
import { fieldValue } from '../../../src/http/fields.js'
import type { Config } from '../../../src/index.js'
import { type World, worldOf } from '../../support/gateway.js'

const clientOf = ({ events }: World): string | undefined => events.flatMap((event) => (event.kind === 'request' ? [event.client] : []))[0]

describe('who is trusted', () => {
  const FIELDS = ['Forwarded', 'for=198.51.100.1', 'X-Forwarded-For', '192.0.2.1, 192.0.2.2']

  test.each<[Partial<Config>, string, string]>([
    [{}, '10.0.0.1', '10.0.0.1'],
    [{ clientFrom: 'forwarded' }, '10.0.0.1', '10.0.0.1'],
    [{ trustedProxies: [] }, '10.0.0.1', '10.0.0.1'],
    [{ trustedProxies: ['10.0.0.0/8'] }, '10.0.0.1', '192.0.2.2'],
    [{ trustedProxies: ['10.0.0.0/8', '192.0.2.2'] }, '10.0.0.1', '192.0.2.1'],
    [{ trustedProxies: ['10.0.0.0/8'] }, '11.0.0.1', '11.0.0.1'],
    [{ trustedProxies: 0 }, '10.0.0.1', '10.0.0.1'],
    [{ trustedProxies: 1 }, '11.0.0.1', '192.0.2.2'],
    [{ trustedProxies: 2 }, '11.0.0.1', '192.0.2.1'],
    [{ trustedProxies: 1, clientFrom: 'either' }, '11.0.0.1', '192.0.2.2'],
    [{ trustedProxies: 1, clientFrom: 'x-forwarded-for' }, '11.0.0.1', '192.0.2.2'],
    [{ trustedProxies: 1, clientFrom: 'forwarded' }, '11.0.0.1', '198.51.100.1'],
    [{ trustedProxies: ['10.0.0.0/8'], clientFrom: 'forwarded' }, '10.0.0.1', '198.51.100.1'],
  ])('%j: a request from %s is of %s', async (config, peer, client) => {
    const world = worldOf(config)
    await world.ask('GET', '/', { peer, fields: FIELDS })
    expect(clientOf(world)).toBe(client)
  })
})

describe('the hosts of a route', () => {
  test.each<[Config['routes'][number]['host'], string, number]>([
    [undefined, 'any.example', 200],
    ['a.example', 'A.example:81', 200],
    ['a.example', 'b.example', 404],
    [['a.example', '*.b.example'], 'x.b.example', 200],
    [['a.example', '*.b.example'], 'b.example', 404],
  ])('%j: a request for %s is answered with %d', async (host, asked, status) => {
    const world = worldOf({ routes: [{ respond: {}, ...(host === undefined ? {} : { host }) }] })
    expect((await world.ask('GET', '/', { host: asked })).status).toBe(status)
  })
})

describe('Via', () => {
  const via = async (setting: Config['via']): Promise<[string | undefined, string | undefined]> => {
    const world = worldOf(setting === undefined ? {} : { via: setting })
    const answer = await world.ask('GET', '/')
    return [fieldValue(world.sent[0]!.fields, 'via'), answer.value('via')]
  }

  test.each<[Config['via'], string, string | undefined]>([
    [undefined, '1.1 fetchgate', undefined],
    [{ name: 'edge-1' }, '1.1 edge-1', undefined],
    [{ response: true }, '1.1 fetchgate', '1.1 fetchgate'],
    [{ name: 'edge-1', response: true }, '1.1 edge-1', '1.1 edge-1'],
  ])('%j: the origin gets %s, the client %s', async (setting, sent, answered) => {
    expect(await via(setting)).toEqual([sent, answered])
  })
})

test('filters for all are asked before those of a route, in their order', async () => {
  const world = worldOf({ filters: [{ deny: { path: ['/a'] } }, { allow: { method: ['GET'] } }], routes: [{ upstream: 'app', filters: [{ deny: { path: ['/*'] } }] }] })
  for (const [method, target] of [['POST', '/a'], ['POST', '/b'], ['GET', '/b']] as const) await world.ask(method, target)
  expect(world.events.flatMap((event) => (event.kind === 'request' ? [event.detail] : []))).toEqual(['deny: path /a', 'allow: outside of the list', 'deny: path /*'])
})

test('a resolver is refused where the platform resolves names itself', () => {
  const transport = { lacks: new Set(['resolver'] as const), send: () => Promise.reject(new Error('nothing is sent')) }
  expect(() => worldOf({ resolver: { maxTtl: '10s' } }, undefined, { transport })).toThrow('resolver: this platform resolves names by itself; leave it out')
  expect(() => worldOf({}, undefined, { transport })).not.toThrow()
})
