import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GatewayError } from '../../../../src/index.js'
import { type Name, Names } from '../../../../runtimes/dns/names.js'
import type { Resolution } from '../../../../runtimes/dns/resolver.js'

/** What is answered now; a number is a delay in milliseconds. */
interface Answers {
  A: readonly string[] | GatewayError | number
  AAAA: readonly string[] | GatewayError | number
  ttlMs: number
}

let answers: Answers
let asked: string[]

beforeEach(() => {
  vi.useFakeTimers()
  answers = { A: ['10.0.0.1'], AAAA: [], ttlMs: 5000 }
  asked = []
})

afterEach(() => {
  vi.useRealTimers()
})

const resolver = {
  async resolve(name: string, type: 'A' | 'AAAA' | 'SRV'): Promise<Resolution<never>> {
    asked.push(`${name} ${type}`)
    const { [type as 'A']: answer, ttlMs } = answers
    if (answer instanceof GatewayError) throw answer
    if (typeof answer === 'number') await new Promise((resolve) => setTimeout(resolve, answer))
    return { records: (typeof answer === 'number' ? [] : answer) as never[], ttlMs }
  },
}

const nameOf = (keeping?: { minTtlMs: number; maxTtlMs: number }): Name => new Names(resolver, keeping).of('app.test')!
const timesAsked = (): number => asked.filter((question) => question.endsWith(' A')).length

/** Lets so much time pass, and then the name be asked about as before the reuse of a connection. */
async function later(name: Name, ms: number): Promise<readonly string[] | string> {
  await vi.advanceTimersByTimeAsync(ms)
  const checked = name.checked()
  await vi.advanceTimersByTimeAsync(checked ? 300 : 0)
  await checked
  return name.addresses().catch((error: GatewayError) => error.code)
}

test('an address is no name', () => {
  const names = new Names(resolver)
  expect([names.of('10.0.0.1'), names.of('::1'), names.of('app.test') === names.of('app.test')]).toEqual([undefined, undefined, true])
})

test('many who want to know at once ask once', async () => {
  const name = nameOf()
  expect(await Promise.all([name.addresses(), name.addresses(), name.addresses()])).toEqual([['10.0.0.1'], ['10.0.0.1'], ['10.0.0.1']])
  expect(asked).toEqual(['app.test A', 'app.test AAAA'])
})

describe('an answer', () => {
  test('holds for its time, and is then asked for anew', async () => {
    const name = nameOf()
    await name.addresses()
    answers.A = ['10.0.0.2']
    expect([await later(name, 3900), timesAsked()]).toEqual([['10.0.0.1'], 1])
    expect([await later(name, 1200), timesAsked()]).toEqual([['10.0.0.2'], 2])
  })

  test('is asked for anew in the background shortly before its time is up', async () => {
    const name = nameOf()
    await name.addresses()
    answers.A = ['10.0.0.2']
    await vi.advanceTimersByTimeAsync(4500)
    expect(name.checked()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(0)
    expect(await name.addresses()).toEqual(['10.0.0.2'])
  })

  test.each([[0, 900, 1100], [600_000, 47_000, 61_000]])('that says %i ms holds between a second and a minute', async (ttlMs, early, late) => {
    answers.ttlMs = ttlMs
    const name = nameOf()
    await name.addresses()
    answers.A = ['10.0.0.2']
    expect(await later(name, Math.floor(early * 0.8))).toEqual(['10.0.0.1'])
    expect(await later(name, late)).toEqual(['10.0.0.2'])
  })

  test('holds between other limits where they are set', async () => {
    answers.ttlMs = 0
    const name = nameOf({ minTtlMs: 20_000, maxTtlMs: 30_000 })
    await name.addresses()
    answers.A = ['10.0.0.2']
    expect(await later(name, 15_000)).toEqual(['10.0.0.1'])
    expect(await later(name, 6000)).toEqual(['10.0.0.2'])
  })

  test('holds on when nobody can tell any more, and nobody waits for long', async () => {
    const name = nameOf()
    await name.addresses()
    answers.A = answers.AAAA = new GatewayError('dns_timeout')
    for (let i = 0; i < 20; i++) expect(await later(name, 6000)).toEqual(['10.0.0.1'])
    answers.A = ['10.0.0.2']
    await later(name, 1100)
    expect(await later(name, 1100)).toEqual(['10.0.0.2'])
  })

  test('that is slow to come is not waited for', async () => {
    const name = nameOf()
    await name.addresses()
    answers.A = answers.AAAA = 10_000
    await vi.advanceTimersByTimeAsync(6000)
    const checked = name.checked()
    expect(checked).toBeInstanceOf(Promise)
    await vi.advanceTimersByTimeAsync(250)
    await checked
    expect([name.checked(), name.has('10.0.0.1')]).toEqual([undefined, true])
  })

  test('that the name is gone counts', async () => {
    const name = nameOf()
    await name.addresses()
    answers.A = []
    expect(await later(name, 6000)).toBe('dns_error')
  })
})

describe('a name without an address', () => {
  test('is asked for again after a second, not at every request', async () => {
    answers.A = []
    const name = nameOf()
    for (let i = 0; i < 5; i++) await expect(name.addresses()).rejects.toMatchObject({ code: 'dns_error', message: 'app.test has no address' })
    expect(timesAsked()).toBe(1)
    answers.A = ['10.0.0.1']
    expect(await later(name, 1100)).toEqual(['10.0.0.1'])
  })

  test('says why when nobody could tell', async () => {
    answers.A = answers.AAAA = new GatewayError('dns_timeout')
    await expect(nameOf().addresses()).rejects.toMatchObject({ code: 'dns_timeout' })
  })
})

describe('two families', () => {
  test('stand in turn, IPv6 first', async () => {
    answers = { A: ['10.0.0.1', '10.0.0.2'], AAAA: ['fd00::1'], ttlMs: 5000 }
    expect(await nameOf().addresses()).toEqual(['fd00::1', '10.0.0.1', '10.0.0.2'])
  })

  test('one that is slow holds up the other for a moment only, and keeps what it had', async () => {
    answers.AAAA = ['fd00::1']
    const name = nameOf()
    expect(await name.addresses()).toEqual(['fd00::1', '10.0.0.1'])
    answers = { A: ['10.0.0.2'], AAAA: 10_000, ttlMs: 5000 }
    expect(await later(name, 5100)).toEqual(['fd00::1', '10.0.0.2'])
  })

  test('one that fails does not hide the other', async () => {
    answers.AAAA = new GatewayError('dns_error')
    expect(await nameOf().addresses()).toEqual(['10.0.0.1'])
  })

  test('both without addresses are an absence', async () => {
    answers.A = 20
    answers.AAAA = 30
    const failed = nameOf().addresses().catch((error: GatewayError) => error.code)
    await vi.advanceTimersByTimeAsync(40)
    expect(await failed).toBe('dns_error')
  })
})

test('an address that did not connect stands behind the others for a while', async () => {
  answers.A = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
  const name = nameOf()
  await name.addresses()
  name.avoid('10.0.0.1')
  expect(await name.addresses()).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.1'])
  expect(await later(name, 6000)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.1'])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await later(name, 6000)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3'])
})

test('whoever listens is told of addresses that are gone, and of nothing else', async () => {
  const name = nameOf()
  const told: number[] = []
  const stop = name.onGone(() => told.push(told.length))
  await name.addresses()
  answers.A = ['10.0.0.1', '10.0.0.2']
  await later(name, 6000)
  expect(told).toEqual([])
  answers.A = ['10.0.0.2']
  await later(name, 6000)
  expect([told, name.has('10.0.0.1'), name.has('10.0.0.2')]).toEqual([[0], false, true])
  stop()
  answers.A = ['10.0.0.3']
  await later(name, 6000)
  expect(told).toEqual([0])
})

test('connections that fail ask anew, but not more than once a second', async () => {
  const name = nameOf()
  await name.addresses()
  answers.A = ['10.0.0.2']
  expect([await name.refreshed(), timesAsked()]).toEqual([['10.0.0.1'], 1])
  await vi.advanceTimersByTimeAsync(1000)
  expect([await name.refreshed(), await name.refreshed(), timesAsked()]).toEqual([['10.0.0.2'], ['10.0.0.2'], 2])
})
