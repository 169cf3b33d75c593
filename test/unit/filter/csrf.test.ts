import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check } from '../../../src/filter/stage.js'
import { exchangeOf } from '../../support/exchange.js'
import { type NamedFilter, rulesOf } from '../../support/filters.js'
import { worldOf } from '../../support/gateway.js'

type Csrf = NonNullable<NamedFilter['csrf']>

const OWN = 'https://gate.example'
const site = (value: string, ...more: string[]): string[] => ['Sec-Fetch-Site', value, ...more]
const refused = (csrf: Csrf, method: string, fields: readonly string[], host = 'gate.example'): boolean => check(exchangeOf({ method, fields, host }), rulesOf([{ csrf }])) !== undefined

describe('a request that may change something', () => {
  test.each<[string, Csrf, readonly string[], boolean]>([
    ['from the origin itself', {}, site('same-origin', 'Origin', OWN), false],
    ['from the origin itself, which hides its name', {}, site('same-origin', 'Origin', 'null'), false],
    ['by the user alone', {}, site('none'), false],
    ['from another site', {}, site('cross-site', 'Origin', 'https://evil.test'), true],
    ['from another site that claims nothing', {}, site('cross-site'), true],
    ['from another host of the site', {}, site('same-site', 'Origin', 'https://blog.gate.example'), true],
    ['from another host that is listed', { origins: ['https://blog.gate.example'] }, site('same-site', 'Origin', 'https://blog.gate.example'), false],
    ['from a listed pattern', { origins: ['https://*.gate.example'] }, site('same-site', 'Origin', 'https://blog.gate.example'), false],
    ['from what looks like a listed origin', { origins: ['https://*.gate.example'] }, site('cross-site', 'Origin', 'https://evil-gate.example'), true],
    ['from a site whose name nobody knows', {}, site('Same-Origin'), true],
    ['with two answers to where it is from', {}, site('same-origin', 'Sec-Fetch-Site', 'cross-site'), true],
    ['of an old browser, from the origin itself', {}, ['Origin', OWN], false],
    ['of an old browser, from the origin itself over http', {}, ['Origin', 'http://gate.example'], false],
    ['of an old browser, from another port', {}, ['Origin', 'https://gate.example:8443'], true],
    ['of an old browser, from another site', {}, ['Origin', 'https://evil.test'], true],
    ['of an old browser, from a sandbox', {}, ['Origin', 'null'], true],
    ['of an old browser, from a sandbox that is listed', { origins: ['null'] }, ['Origin', 'null'], false],
    ['with two origins', {}, ['Origin', OWN, 'Origin', OWN], true],
    ['of a very old browser, from the origin itself', {}, ['Referer', `${OWN}/form?x=https://evil.test`], false],
    ['of a very old browser, from another site', {}, ['Referer', 'https://evil.test/https://gate.example/'], true],
    ['of a very old browser, from a host that begins like this one', {}, ['Referer', 'https://gate.example.evil.test/'], true],
    ['of a very old browser, with a referer that is none', {}, ['Referer', 'about:blank'], true],
    ['of no browser', {}, [], false],
  ])('%s', (_, csrf, fields, expected) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE', 'post']) expect([method, refused(csrf, method, fields)]).toEqual([method, expected])
  })

  test('to a port of its own is compared with it', () => {
    expect([refused({}, 'POST', ['Origin', 'http://localhost:3000'], 'localhost:3000'), refused({}, 'POST', ['Origin', 'http://localhost:5173'], 'localhost:3000'), refused({}, 'POST', ['Origin', 'http://gate.example'], 'Gate.Example:80')]).toEqual([false, true, false])
  })

  test('passes from no origin but its own, whichever fields old browsers send', () => {
    const field = fc.constantFrom('Origin', 'Referer')
    fc.assert(fc.property(field, fc.webUrl({ withQueryParameters: true }), (name, url) => {
      const sent = name === 'Origin' ? new URL(url).origin : url
      expect(refused({}, 'POST', [name, sent])).toBe(new URL(url).host !== 'gate.example')
    }))
  })
})

describe('a request that changes nothing', () => {
  const cross = site('cross-site', 'Origin', 'https://evil.test', 'Sec-Fetch-Mode', 'no-cors', 'Sec-Fetch-Dest', 'image')

  test('passes from everywhere', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'QUERY']) expect(refused({}, method, cross)).toBe(false)
  })

  test.each<[string, readonly string[], boolean]>([
    ['an image in a page of another site', cross, true],
    ['a script that reads', site('cross-site', 'Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty'), true],
    ['a frame in a page of another site', site('cross-site', 'Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'iframe'), true],
    ['an object in a page of another site', site('cross-site', 'Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'object'), true],
    ['a link that a user follows', site('cross-site', 'Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document'), false],
    ['an image in a page of the site', site('same-site', 'Sec-Fetch-Mode', 'no-cors', 'Sec-Fetch-Dest', 'image'), false],
    ['a browser that does not tell', ['Origin', 'https://evil.test'], false],
  ])('isolated, %s', (_, fields, expected) => {
    expect(refused({ isolate: true }, 'GET', fields)).toBe(expected)
  })
})

test('a WebSocket of a page of another origin is refused before its server hears of it', async () => {
  const { ask, sent, events } = worldOf({ filters: [{ csrf: {} }] })
  const upgrade = ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Cookie', 'session=1']
  const open = async (...fields: string[]): Promise<number> => (await ask('GET', '/chat', { fields: [...upgrade, ...fields], upgrade: 'websocket' })).status
  expect([await open('Origin', 'https://evil.test'), await open('Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Mode', 'websocket'), sent.length]).toEqual([403, 403, 0])
  expect([await open('Origin', OWN), await open(), sent.length]).toEqual([200, 200, 2])
  expect(events.flatMap((event) => (event.kind === 'request' && event.error ? [event.detail] : []))).toEqual(['csrf: origin https://evil.test', 'csrf: Sec-Fetch-Site is cross-site'])
})
