import { expect, test } from 'vitest'
import { goesInCircles, viaValue } from '../../../src/forward/via.js'

test.each<[string[], boolean]>([
  [[], false],
  [['Via', '1.1 gate'], false],
  [['Via', '1.1 gate, 1.1 gate'], true],
  [['Via', '1.1 gate', 'via', '1.0 GATE (a comment)'], true],
  [['Via', '1.1 other, 1.1 other, 1.1 gate'], false],
  [['Via', '1.1 gateway, 1.1 gateway'], false],
  [['Via', 'gate, gate, gate'], false],
])('whether %j goes in circles through "gate": %s', (fields, circles) => {
  expect(goesInCircles(fields, 'gate')).toBe(circles)
})

test('a message is given its next member', () => {
  expect(viaValue(undefined, 'gate')).toBe('1.1 gate')
  expect(viaValue('1.0 outer', 'gate')).toBe('1.0 outer, 1.1 gate')
})
