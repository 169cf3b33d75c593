import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BodyFile, decodeAny, decodeRecord, encodeRecord, type StoredRecord } from '../../../../runtimes/stores/record.js'
import { BytesPayload } from '../../../../src/http/payload.js'
import { anyText } from '../../../support/text.js'

const wellFormed = anyText(30).map((text) => Buffer.from(text).toString())
const head = fc.record({ status: fc.integer({ min: 100, max: 599 }), reason: fc.option(wellFormed, { nil: undefined }), fields: fc.array(wellFormed, { maxLength: 20, size: 'max' }) })
const body = fc.oneof(fc.uint8Array({ maxLength: 300, size: 'max' }), fc.constant(undefined), fc.record<BodyFile>({ name: wellFormed, length: fc.nat(), checksums: fc.base64String() }))

/** The record with its body as plain bytes. */
const plain = (record: StoredRecord | undefined): unknown => record && { ...record, body: record.body instanceof BytesPayload ? record.body.bytes : record.body }

describe('a record', () => {
  test('is read as it was written, by its own key only', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, head, body, (key, other, given, stored) => {
        const bytes = encodeRecord(key, given, stored)
        expect(plain(decodeRecord(bytes, key))).toEqual({ ...given, body: stored })
        if (other !== key) expect(decodeRecord(bytes, other)).toBeUndefined()
      }),
    )
  })

  test('that is damaged in any way is none, and never another one', () => {
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    const damage = fc.oneof(
      fc.record({ do: fc.constant('cut' as const), at: place }),
      fc.record({ do: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
      fc.record({ do: fc.constant('zeros' as const), at: place, length: fc.integer({ min: 1, max: 600 }) }),
      fc.record({ do: fc.constant('noise' as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 100, size: 'max' }) }),
      fc.record({ do: fc.constant('longer' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 100, size: 'max' }) }),
      fc.record({ do: fc.constant('spliced' as const), at: place }),
    )
    fc.assert(
      fc.property(wellFormed, head, head, body, body, fc.array(damage, { minLength: 1, maxLength: 3 }), (key, given, before, stored, storedBefore, all) => {
        const whole = encodeRecord(key, given, stored)
        const older = encodeRecord(key, before, storedBefore)
        let bytes = Buffer.from(whole)
        for (const each of all) {
          const at = 'at' in each ? Math.floor(each.at * bytes.byteLength) : bytes.byteLength
          if (each.do === 'cut') bytes = bytes.subarray(0, at)
          else if (each.do === 'longer') bytes = Buffer.concat([bytes, each.bytes])
          else if (each.do === 'spliced') bytes = Buffer.concat([bytes.subarray(0, at), older.subarray(at)])
          else if (each.do === 'zeros') bytes.fill(0, at, Math.min(at + each.length, bytes.byteLength))
          else if (each.do === 'noise') bytes.set(each.bytes.subarray(0, bytes.byteLength - at), at)
          else if (at < bytes.byteLength) bytes[at]! ^= 1 << each.bit
        }
        const read = decodeAny(bytes)
        if (bytes.equals(whole) || bytes.equals(older)) expect(read).toBeDefined()
        else expect(read).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })

  test('whose head a torn write has left empty is none', () => {
    const bytes = encodeRecord('k', { status: 200, reason: undefined, fields: [] }, undefined)
    expect(decodeAny(Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(12)]))).toBeUndefined()
  })
})
