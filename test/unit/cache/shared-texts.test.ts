import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SharedTexts } from '../../../src/cache/stores/shared-texts.js'

test('texts come back as they are, however many there have been', () => {
  const shared = new SharedTexts()
  fc.assert(fc.property(fc.array(fc.string({ maxLength: 200, size: 'max' }), { maxLength: 60, size: 'max' }), (texts) => {
    expect(shared.of(texts)).toEqual(texts)
    expect(shared.of(texts)).toEqual(texts)
  }), { numRuns: 300 })
})
