import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fields, fieldValues } from '../../../src/http/fields.js'
import type { Config } from '../../../src/index.js'
import { type AskOptions, worldOf } from '../../support/gateway.js'

type Upstream = NonNullable<Config['upstreams']>[string]
type Route = Config['routes'][number]

const ABOUT_CLIENT: Fields = ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'gate.example', 'Via', '1.1 fetchgate', 'X-Request-ID', 'id-1']

/** The field lines that the server gets. */
async function received(asked: AskOptions, upstream: Partial<Upstream> = {}, route: Partial<Route> = {}, trustedProxies?: number): Promise<Fields> {
  const config: Partial<Config> = { upstreams: { app: { targets: ['http://origin.internal:3000'], forwarded: 'x-forwarded', ...upstream } }, routes: [{ upstream: 'app', ...route }] }
  const world = worldOf(trustedProxies === undefined ? config : { ...config, trustedProxies })
  await world.ask('GET', '/', asked)
  return world.sent[0]!.fields
}

describe('the server gets', () => {
  test.each<[string, Fields, Partial<Upstream>, Partial<Route>, Fields]>([
    ['its own Host first', ['Accept', '*/*'], {}, {}, ['Host', 'origin.internal:3000', 'Accept', '*/*', ...ABOUT_CLIENT]],
    ['the client\'s Host where it is preserved', [], { host: 'preserve' }, {}, ['Host', 'gate.example', ...ABOUT_CLIENT]],
    ['a literal Host', [], { host: 'app.example' }, {}, ['Host', 'app.example', ...ABOUT_CLIENT]],
    ['lines in their order, case and number', ['X-b', '2', 'x-A', '1', 'X-b', '3'], {}, {}, ['Host', 'origin.internal:3000', 'X-b', '2', 'x-A', '1', 'X-b', '3', ...ABOUT_CLIENT]],
    ['no fields of the client\'s hop', ['Connection', 'X-Hop', 'X-Hop', '1', 'TE', 'gzip', 'Upgrade', 'h2c'], {}, {}, ['Host', 'origin.internal:3000', ...ABOUT_CLIENT]],
    ['nothing of what a stranger says of itself', ['X-Forwarded-For', '127.0.0.1', 'x-forwarded-host', 'evil', 'Forwarded', 'for=1.1.1.1', 'X-Real-IP', '1.1.1.1', 'X-REQUEST-ID', 'mine'], {}, {}, ['Host', 'origin.internal:3000', ...ABOUT_CLIENT]],
    ['fields that only begin alike', ['From', 'a@b', 'X-Forward', '1', 'Hosts', '2', 'Vian', '3'], {}, {}, ['Host', 'origin.internal:3000', 'From', 'a@b', 'X-Forward', '1', 'Hosts', '2', 'Vian', '3', ...ABOUT_CLIENT]],
    ['the edits of the route last', ['X-A', '1', 'X-B', '2'], {}, { headers: { request: { remove: ['x-a'], set: { 'X-Forwarded-For': 'hidden' } } } }, ['Host', 'origin.internal:3000', 'X-B', '2', ...ABOUT_CLIENT.slice(2), 'X-Forwarded-For', 'hidden']],
    ['nothing of the client where that is kept', ['X-Forwarded-For', '127.0.0.1'], { forwarded: 'none' }, {}, ['Host', 'origin.internal:3000', ...ABOUT_CLIENT.slice(6)]],
  ])('%s', async (_, fields, upstream, route, expected) => {
    expect(await received({ fields }, upstream, route)).toEqual(expected)
  })

  test('a trusted proxy\'s chain with the proxy at its end, and its request id', async () => {
    const fields = await received({ peer: '10.0.0.1', fields: ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'https', 'X-Request-ID', 'abc', 'Via', '1.0 outer'] }, {}, {}, 1)
    expect(fields).toEqual(['Host', 'origin.internal:3000', 'X-Forwarded-For', '203.0.113.9, 10.0.0.1', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'gate.example', 'Via', '1.0 outer, 1.1 fetchgate', 'X-Request-ID', 'abc'])
  })

  test('one Host, one request id and one view of the client, whatever a stranger sends', async () => {
    const name = fc.constantFrom('X-Forwarded-For', 'x-forwarded-for', 'X-FORWARDED-FOR', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'x-forwarded-prefix', 'Forwarded', 'X-Real-Ip', 'X-Request-Id', 'Connection', 'Cookie')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, fc.constantFrom('1.1.1.1', 'https', 'x-forwarded-for', 'host', 'a, b')), { maxLength: 30, size: 'max' }), async (pairs) => {
        const fields = await received({ fields: pairs.flat() }, { forwarded: 'both' })
        expect(fields.slice(0, 2)).toEqual(['Host', 'origin.internal:3000'])
        for (const [wanted, values] of [
          ['host', ['origin.internal:3000']], ['x-request-id', ['id-1']], ['x-forwarded-for', ['203.0.113.9']], ['x-forwarded-proto', ['http']], ['x-forwarded-host', ['gate.example']],
          ['forwarded', ['for=203.0.113.9;host=gate.example;proto=http']], ['x-forwarded-prefix', []], ['x-real-ip', []],
        ] as const) expect(fieldValues(fields, wanted)).toEqual(values)
      }),
    )
  })
})
