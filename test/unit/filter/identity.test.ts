// The pure parts of filters that identify: hashes and credentials as texts, what is remembered, bounded work, claims as header values.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatPasswordHash, parsePasswordHash, passwordHashFault } from '../../../src/config/password-hash.js'
import { Gate, type Place } from '../../../src/filter/basic-auth/gate.js'
import { equalBytes } from '../../../src/filter/equal-secrets.js'
import { headerText } from '../../../src/filter/header-text.js'
import { Remembered } from '../../../src/filter/remembered.js'
import { basicCredentials } from '../../../src/http/basic-credentials.js'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((array) => new Uint8Array(array))
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

describe('a hash', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000, max: 5_000_000 }), bytes(16), bytes(32), (iterations, salt, hash) => {
        const text = formatPasswordHash({ iterations, salt, hash })
        expect([parsePasswordHash(text), passwordHashFault(text)]).toEqual([{ iterations, salt, hash }, undefined])
      }),
    )
  })

  const good = formatPasswordHash({ iterations: 10_000, salt: new Uint8Array(16), hash: new Uint8Array(32) })
  test.each([
    'secret', '', '$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/', '$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
    good.replace('i=10000', 'i=9999'), good.replace('i=10000', 'i=5000001'), good.replace('sha256', 'sha1'), good.slice(0, -1), `${good}A`, `${good}\n`, good.replace(/\$A{22}\$/, '$AAAAAAAAAAAAA$'),
  ])('is not %s', (text) => {
    expect(passwordHashFault(text)).toEqual(expect.any(String))
  })
})

describe('Basic credentials', () => {
  test.each([
    [basic('ann:secret'), 'ann', 'secret'],
    [basic('ann:with:colons:'), 'ann', 'with:colons:'],
    [basic(':'), '', ''],
    [basic('ann:pässwörd €'), 'ann', 'pässwörd €'],
    [basic('ann:a\u0308'), 'ann', '\u00e4'],
    [basic('ann:secret').replace('Basic', 'bAsIc '), 'ann', 'secret'],
    [basic('ann:\ufeffx'), 'ann', '\ufeffx'],
  ])('%s', (value, user, password) => {
    expect(basicCredentials(value)).toEqual({ user, password })
  })

  test.each(['', 'Basic', 'Basic ', basic('ann'), basic('ann:a\nb'), basic('a\0nn:b'), `Basic ${Buffer.from('ann:p\xe4ss', 'latin1').toString('base64')}`, 'Basic YW5uOnM=,Basic YW5uOnM=', 'Basic YW5u OnM=', 'Basic YW5u=OnM', 'Bearer YW5uOnM=', 'YW5uOnM='])('none in "%s"', (value) => {
    expect(basicCredentials(value)).toBeUndefined()
  })
})

test('bytes are equal when all of them are', () => {
  fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => equalBytes(a, b) === (Buffer.compare(a, b) === 0)))
  fc.assert(fc.property(fc.uint8Array(), (a) => equalBytes(a, a.slice())))
})

describe('what is remembered', () => {
  test('holds until its time, and is bounded by weight, the oldest gone first', () => {
    const held = new Remembered<string>(10)
    held.set('a', 'A', 100, 4)
    held.set('b', 'B', 200, 4)
    expect([held.get('a', 99), held.get('a', 100), held.get('b', 100), held.weight]).toEqual(['A', undefined, 'B', 4])
    held.set('c', 'C', 200, 6)
    held.set('d', 'D', 200, 1)
    expect([held.get('b', 100), held.get('c', 100), held.get('d', 100), held.weight]).toEqual([undefined, 'C', 'D', 7])
    held.set('c', 'C2', 300, 2)
    held.set('too large', 'x', 300, 11)
    expect([held.get('c', 250), held.get('too large', 0), held.weight]).toEqual(['C2', undefined, 3])
  })

  test('never weighs more than it may', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(12), fc.nat(20))), (steps) => {
        const held = new Remembered<number>(10)
        steps.forEach(([key, weight, untilMs], nowMs) => {
          held.set(key, weight, untilMs, weight)
          held.get('a', nowMs)
          expect(held.weight).toBeLessThanOrEqual(10)
        })
      }),
    )
  })
})

describe('a gate', () => {
  const limits = { atOnce: 2, waiting: 3, ofOneClient: 3, lostMs: 1000 }

  test('lets so many in, has so many wait, and turns the rest away', async () => {
    const gate = new Gate(limits)
    const entered: string[] = []
    const come = (client: string) => gate.enter(client, 0)?.then((place) => void entered.push(place.client!))
    const first = await gate.enter('a', 0)!
    await gate.enter('a', 0)
    void come('a')
    expect(come('a'), 'more than one client may have').toBeUndefined()
    void come('b')
    void come('c')
    expect(come('d'), 'more than may wait').toBeUndefined()
    expect(entered).toEqual([])
    gate.leave(first, 0)
    gate.leave(first, 0)
    await Promise.resolve()
    expect(entered).toEqual(['a'])
  })

  test('does not count clients that are not known', () => {
    const gate = new Gate(limits)
    expect([1, 2, 3, 4, 5, 6].map(() => gate.enter(undefined, 0) !== undefined)).toEqual([true, true, true, true, true, false])
  })

  test('gives up on work that is lost', async () => {
    const gate = new Gate(limits)
    const places: Place[] = []
    for (let i = 0; i < 5; i++) void gate.enter(undefined, 0)!.then((place) => places.push(place))
    expect(gate.enter('x', 1000)).toBeUndefined()
    expect(gate.enter('x', 1001)).toBeDefined()
    await Promise.resolve()
    expect(places).toHaveLength(4)
  })
})

describe('a text as a header value', () => {
  test.each([
    ['ann', 'ann'], ['Ann Lee <a@b.example>', 'Ann Lee <a@b.example>'], ['', ''], ['Zoë', 'Zo%C3%AB'], ['100%', '100%25'], [' a ', '%20a%20'], ['   ', '%20%20%20'],
    ['a\r\nX-Admin: 1', 'a%0D%0AX-Admin: 1'], ['a\0b', 'a%00b'], ['\x7f', '%7F'], ['\ud800', '%EF%BF%BD'], ['\u2028', '%E2%80%A8'],
  ])('%j is %j', (text, value) => {
    expect(headerText(text)).toBe(value)
  })

  test('a comma where it would divide a list', () => {
    expect([headerText('a,b', ','), headerText('ab', ','), headerText('a,b')]).toEqual(['a%2Cb', 'ab', 'a,b'])
  })

  test('of very many spaces takes no long time', () => {
    const before = performance.now()
    expect(headerText(`é${' '.repeat(200_000)}x `)).toHaveLength(6 + 200_000 + 1 + 3)
    // Quadratic, it was half a minute.
    expect(performance.now() - before).toBeLessThan(5000)
  })

  test('can be had back, and breaks no line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = headerText(text)
        expect(value).toMatch(/^(?:[!-~](?:[ -~]*[!-~])?)?$/)
        expect(decodeURIComponent(value)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text)))
      }),
    )
  })
})
