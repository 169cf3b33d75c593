// basicAuth through a whole gateway: who passes, what is said to others, and what guessing costs.
import { describe, expect, test } from 'vitest'
import { hashPassword } from '../../../src/filter/basic-auth/stage.js'
import type { Config } from '../../../src/index.js'
import { text, worldOf } from '../../support/gateway.js'
import { rulesOf } from '../../support/filters.js'

const ITERATIONS = 10_000
const ann = await hashPassword('sécret', ITERATIONS)
const bob = await hashPassword('b:ob', ITERATIONS)
const basic = (credentials: string): string[] => ['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`]

type Settings = Extract<NonNullable<Config['filters']>[number], { basicAuth?: unknown }>['basicAuth']
const filters = (rest: Partial<NonNullable<Settings>> = {}): NonNullable<Config['filters']> => [{ basicAuth: { users: { ann, 'bøb': bob }, ...rest } }]

describe('who asks', () => {
  test('is told by name and password, in UTF-8 and any composition', async () => {
    const world = worldOf({ filters: filters() })
    for (const credentials of ['ann:sécret', 'ann:se\u0301cret', 'bøb:b:ob']) expect((await world.ask('GET', '/', { fields: basic(credentials) })).status).toBe(200)
    expect(world.events.map((event) => event.kind === 'request' && event.user)).toEqual(['ann', 'ann', 'bøb'])
    expect(world.sent[0]!.fields).toContain('Authorization')
  })

  test.each([
    ['nothing', [], 'no credentials'],
    ['a wrong password', basic('ann:secret'), 'wrong name or password of "ann"'],
    ['another\'s password', basic('ann:b:ob'), 'wrong name or password of "ann"'],
    ['an empty password', basic('ann:'), 'wrong name or password of "ann"'],
    ['an unknown name', basic('eve:sécret'), 'wrong name or password of "eve"'],
    ['a name of all objects', basic('__proto__:sécret'), 'wrong name or password of "__proto__"'],
    ['two fields', [...basic('ann:sécret'), ...basic('ann:sécret')], 'credentials that cannot be read'],
    ['another scheme', ['Authorization', 'Bearer x'], 'credentials that cannot be read'],
    ['the hash in place of the password', basic(`ann:${ann}`), 'wrong name or password of "ann"'],
  ])('%s is refused with 401', async (_, fields, reason) => {
    const world = worldOf({ filters: filters({ realm: 'the back' }) })
    const { status, value } = await world.ask('GET', '/', { fields })
    expect([status, value('www-authenticate'), world.sent.length]).toEqual([401, 'Basic realm="the back", charset="UTF-8"', 0])
    expect(world.events[0]).toMatchObject({ detail: `basicAuth: ${reason}`, user: undefined })
  })
})

describe('what servers get', () => {
  const sent = async (rest: Partial<NonNullable<Settings>>, fields: readonly string[]) => {
    const world = worldOf({ filters: filters(rest), normalization: { profile: '2026-11', oddHeaders: 'keep' }})
    await world.ask('GET', '/', { fields: [...basic('bøb:b:ob'), ...fields] })
    return world.sent[0]!.fields
  }

  test('the name, percent-encoded, and not what clients say of it', async () => {
    const fields = await sent({ userHeader: 'X-User' }, ['X-User', 'admin', 'x_user', 'admin', 'X-USER', 'root'])
    expect(fields.filter((field) => /^x.user$|admin|root/i.test(field))).toEqual(['X-User'])
    expect(fields[fields.indexOf('X-User') + 1]).toBe('b%C3%B8b')
  })

  test('the credentials are taken off where that is asked for', async () => {
    expect((await sent({ stripCredentials: true }, [])).join()).not.toMatch(/authorization/i)
  })
})

test('an answer to somebody who is identified is not stored, though the credentials were taken off, unless it is public', async () => {
  const world = worldOf({ routes: [{ upstream: 'app', cache: true, filters: filters({ stripCredentials: true }) }] }, ({ target }) => text('mine', ['Cache-Control', target === '/public' ? 'public, max-age=60' : 'max-age=60']))
  for (const target of ['/', '/', '/public', '/public']) expect((await world.ask('GET', target, { fields: basic('ann:sécret') })).status).toBe(200)
  expect(world.sent.map(({ target }) => target)).toEqual(['/', '/', '/public'])
  expect((await world.ask('GET', '/public')).status).toBe(401)
})

describe('what guessing costs', () => {
  /** Counts the slow hashes that the platform computes. */
  const counted = async (work: () => Promise<void>): Promise<number> => {
    const { subtle } = crypto
    const original = subtle.deriveBits.bind(subtle)
    let count = 0
    subtle.deriveBits = (...args: Parameters<SubtleCrypto['deriveBits']>) => {
      count++
      return original(...args)
    }
    try {
      await work()
    } finally {
      Reflect.deleteProperty(subtle, 'deriveBits')
    }
    return count
  }

  test('who was right once is not checked again for five minutes, nor twice at the same time', async () => {
    const world = worldOf({ filters: filters() })
    const ask = async () => expect((await world.ask('GET', '/', { fields: basic('ann:sécret') })).status).toBe(200)
    expect(await counted(async () => void (await Promise.all(Array.from({ length: 20 }, ask))))).toBe(1)
    world.nowMs += 299_999
    expect(await counted(ask)).toBe(0)
    world.nowMs += 1
    expect(await counted(ask)).toBe(1)
  })

  test('an unknown name costs what a known one does', async () => {
    const world = worldOf({ filters: filters() })
    for (const name of ['ann', 'eve']) expect(await counted(async () => void (await world.ask('GET', '/', { fields: basic(`${name}:x`) })))).toBe(1)
  })

  test('a flood of guesses is turned away, of one client and of all, and who is known passes meanwhile', async () => {
    const world = worldOf({ filters: filters() })
    await world.ask('GET', '/', { fields: basic('ann:sécret') })
    const guesses = (count: number, peerOf: (i: number) => string) => Array.from({ length: count }, (_, i) => world.ask('GET', '/', { fields: basic(`ann:${peerOf(i)}-${i}`), peer: peerOf(i) }))
    const one = guesses(20, () => '2001:db8::1')
    const known = await world.ask('GET', '/', { fields: basic('ann:sécret'), peer: '2001:db8::2' })
    const outcomes = await Promise.all(one)
    expect([known.status, outcomes.filter(({ status }) => status === 401).length, outcomes.filter(({ status }) => status === 429).length]).toEqual([200, 8, 12])
    expect(outcomes.at(-1)!.value('retry-after')).toBe('1')
    const many = await Promise.all(guesses(60, (i) => `192.0.2.${i}`))
    expect([many.filter(({ status }) => status === 401).length, many.filter(({ status }) => status === 429).length]).toEqual([34, 26])
    expect((await world.ask('GET', '/', { fields: basic('bøb:b:ob') })).status).toBe(200)
  })
})

describe('at start', () => {
  test.each([
    [{ users: {} }, 'at least one user'],
    [{ users: { ann: '$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC' } }, 'fetchgate hash'],
    [{ users: { 'a:b': ann } }, 'is not a user name'],
    [{ users: { ann }, realm: 'a"b' }, 'without quotes'],
    [{ users: { ann }, userHeader: 'Host' }, 'is a header that the gateway writes itself'],
  ])('%j is a fault', (settings, message) => {
    expect(() => rulesOf([{ basicAuth: settings }])).toThrow(message)
  })

  test('more iterations than the runtime computes are a fault that says what to do', () => {
    expect(() => rulesOf(filters(), { maxHashIterations: 9_999 })).toThrow(/filters\[0\]\.basicAuth\.users.*--iterations 9999/s)
  })
})
