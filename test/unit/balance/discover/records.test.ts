import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RecordSettings, targetsOf } from '../../../../src/balance/discover/records.js'
import { targetOf } from '../../../../src/balance/target.js'
import type { DnsRecord } from '../../../../src/ports.js'

const SETTINGS: RecordSettings = { name: 'app.internal', scheme: 'http', port: 3000 }
const service = (priority: number, weight: number, target = 'one.internal', port = 8080): DnsRecord => ({ kind: 'service', priority, weight, target, port })

describe('addresses', () => {
  test.each<[string, Partial<RecordSettings>, string, string]>([
    ['10.0.0.1', {}, 'http://app.internal:3000', 'http://10.0.0.1:3000'],
    ['fd00::1', {}, 'http://app.internal:3000', 'http://[fd00::1]:3000'],
    ['10.0.0.1', { scheme: 'https', port: undefined }, 'https://app.internal:443', 'https://10.0.0.1:443'],
    ['10.0.0.1', { port: undefined }, 'http://app.internal:80', 'http://10.0.0.1:80'],
  ])('%s with %j is a target that keeps its name and is known by its address', (address, settings, url, origin) => {
    const [target] = targetsOf([{ kind: 'address', address }], { ...SETTINGS, ...settings })
    expect(target).toEqual({ url, address, weight: 1, backup: false })
    expect(targetOf(target!)).toMatchObject({ origin, hostname: 'app.internal', address })
  })
})

describe('services', () => {
  test('have ports and weights of their own, and all but those of the first priority stand by', () => {
    expect(targetsOf([service(20, 5, 'two.internal.'), service(10, 60), service(10, 0, 'zero.internal', 81)], SETTINGS)).toEqual([
      { url: 'http://one.internal:8080', weight: 60, backup: false },
      { url: 'http://two.internal:8080', weight: 5, backup: true },
      { url: 'http://zero.internal:81', weight: 1, backup: false },
    ])
  })

  test('weigh no more than a target can', () => {
    expect(targetsOf([service(1, 65_535)], SETTINGS)[0]!.weight).toBe(256)
  })
})

test('the order of the records does not matter', () => {
  const record = fc.oneof(
    fc.integer({ min: 1, max: 9 }).map((n): DnsRecord => ({ kind: 'address', address: `10.0.0.${n}` })),
    fc.integer({ min: 1, max: 9 }).map((n) => service(n % 2, n, `t${n}.internal`)),
  )
  fc.assert(
    fc.property(fc.uniqueArray(record, { maxLength: 12, selector: (one) => JSON.stringify(one), size: 'max' }).chain((records) => fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length }))), ([records, shuffled]) => {
      expect(targetsOf(shuffled, SETTINGS)).toEqual(targetsOf(records, SETTINGS))
    }),
  )
})
