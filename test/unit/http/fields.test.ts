import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { combinedValue, editFields, type Fields, fieldValue, fieldValues, fromHeaders, isNamed, toHeaders } from '../../../src/http/fields.js'

const LINES: Fields = ['Accept', 'a', 'X-One', '1', 'accept', 'b', 'Set-Cookie', 'c=1', 'set-cookie', 'd=2']

const fieldName = fc.constantFrom('A', 'a', 'B', 'b', 'X-C', 'x-c')
const lines = fc.array(fc.tuple(fieldName, fc.constantFrom('1', '2', '')), { maxLength: 6 }).map((pairs) => pairs.flat())
const pairsOf = (fields: Fields): [string, string][] => fields.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, fields[i + 1]!]] : []))

describe('reading', () => {
  test('names are compared without case', () => {
    expect(isNamed('ACCEPT', 'accept')).toBe(true)
    expect(isNamed('accept', 'accept')).toBe(true)
    expect(isNamed('accept-x', 'accept')).toBe(false)
    expect(isNamed('accepu', 'accept')).toBe(false)
  })

  test('the first value, all values and the combined value are told apart', () => {
    expect(fieldValue(LINES, 'accept')).toBe('a')
    expect(fieldValues(LINES, 'accept')).toEqual(['a', 'b'])
    expect(combinedValue(LINES, 'accept')).toBe('a, b')
    expect(fieldValue(LINES, 'x-two')).toBeUndefined()
    expect(fieldValues(LINES, 'x-two')).toEqual([])
    expect(combinedValue(LINES, 'x-two')).toBeUndefined()
    expect(combinedValue(['X', ''], 'x')).toBe('')
  })

  test('a value is never taken for a name', () => {
    expect(fieldValue(['X', 'accept', 'Accept', 'a'], 'accept')).toBe('a')
  })
})

describe('editFields', () => {
  test.each<[string, Parameters<typeof editFields>[1], Fields]>([
    ['remove drops every line of a name', { remove: new Set(['accept']) }, ['X-One', '1', 'Set-Cookie', 'c=1', 'set-cookie', 'd=2']],
    ['set replaces every line of a name', { set: ['ACCEPT', 'z'] }, ['X-One', '1', 'Set-Cookie', 'c=1', 'set-cookie', 'd=2', 'ACCEPT', 'z']],
    ['set adds what was not there', { set: ['New', 'n'] }, [...LINES, 'New', 'n']],
    ['append keeps what is there', { append: ['Set-Cookie', 'e=3'] }, [...LINES, 'Set-Cookie', 'e=3']],
    ['set and append come after remove', { remove: new Set(['x-one']), set: ['X-One', '2'], append: ['X-One', '3'] }, ['Accept', 'a', 'accept', 'b', 'Set-Cookie', 'c=1', 'set-cookie', 'd=2', 'X-One', '2', 'X-One', '3']],
  ])('%s', (_, edits, expected) => {
    expect(editFields(LINES, edits)).toEqual(expected)
  })

  test('without edits the list is the same one', () => {
    expect(editFields(LINES, {})).toBe(LINES)
    expect(editFields(LINES, { remove: new Set(), set: [], append: [] })).toBe(LINES)
  })

  test('lines that no edit names keep their case, order and number', () => {
    fc.assert(
      fc.property(lines, fc.uniqueArray(fc.constantFrom('a', 'b', 'x-c')), lines, lines, (fields, removed, set, append) => {
        const before = [...fields]
        const edited = pairsOf(editFields(fields, { remove: new Set(removed), set, append }))
        const touched = new Set([...removed, ...pairsOf(set).map(([name]) => name.toLowerCase())])
        const expected = [...pairsOf(fields).filter(([name]) => !touched.has(name.toLowerCase())), ...pairsOf(set), ...pairsOf(append)]
        expect(edited).toEqual(expected)
        expect(fields).toEqual(before)
      }),
    )
  })
})

describe('Headers', () => {
  test('lines of one name stay in order, cookies by semicolon, others by comma', () => {
    const headers = toHeaders(['Cookie', 'a=1', 'cookie', 'b=2', 'Accept', 'x', 'Accept', 'y'])
    expect(headers.get('cookie')).toBe('a=1; b=2')
    expect(headers.get('accept')).toBe('x, y')
  })

  test('Set-Cookie keeps its lines both ways', () => {
    const headers = toHeaders(['Set-Cookie', 'a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT', 'Set-Cookie', 'b=2'])
    expect(headers.getSetCookie()).toHaveLength(2)
    expect(fieldValues(fromHeaders(headers), 'set-cookie')).toEqual(headers.getSetCookie())
  })
})
