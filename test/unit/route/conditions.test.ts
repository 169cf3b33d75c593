import { expect, test } from 'vitest'
import { type Conditions, meets } from '../../../src/route/conditions.js'
import { type Asked, exchangeOf } from '../../support/exchange.js'

const NONE: Conditions = { methods: undefined, fields: [], query: [] }

test.each<[string, Asked, Partial<Conditions>, boolean]>([
  ['no condition takes all', {}, {}, true],
  ['a method that is listed', { method: 'PUT' }, { methods: new Set(['GET', 'PUT']) }, true],
  ['a method that is not', { method: 'POST' }, { methods: new Set(['GET']) }, false],
  ['methods have case', { method: 'get' }, { methods: new Set(['GET']) }, false],
  ['a field with its value', { fields: ['X-Beta', '1'] }, { fields: [['x-beta', '1']] }, true],
  ['a field with another', { fields: ['X-Beta', '10'] }, { fields: [['x-beta', '1']] }, false],
  ['a field that is missing', {}, { fields: [['x-beta', '']] }, false],
  ['a field in two lines is their list', { fields: ['X-Beta', '1', 'X-Beta', '2'] }, { fields: [['x-beta', '1']] }, false],
  ['all fields are needed', { fields: ['A', '1'] }, { fields: [['a', '1'], ['b', '2']] }, false],
  ['a parameter with its value', { target: '/?v=2&x=a+b%21' }, { query: [['x', 'a b!']] }, true],
  ['a parameter given twice, one of them right', { target: '/?v=1&v=2' }, { query: [['v', '2']] }, true],
  ['a parameter with another value', { target: '/?v=1' }, { query: [['v', '2']] }, false],
  ['a parameter that is missing', { target: '/' }, { query: [['v', '']] }, false],
  ['a parameter without value is empty', { target: '/?v' }, { query: [['v', '']] }, true],
  ['method, field and parameter together', { method: 'PUT', target: '/?v=1', fields: ['A', '1'] }, { methods: new Set(['PUT']), fields: [['a', '1']], query: [['v', '1']] }, true],
])('%s', (_, asked, conditions, expected) => {
  expect(meets(exchangeOf(asked), { ...NONE, ...conditions })).toBe(expected)
})
