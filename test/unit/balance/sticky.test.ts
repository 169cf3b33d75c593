import { describe, expect, test } from 'vitest'
import { stickyField, stickySessions, stuckTo } from '../../../src/balance/sticky.js'
import { equalPool, targetAt } from '../../support/balance.js'

const candidates = equalPool(3)
const tokens = new Map(candidates.map(({ target }, i) => [target.origin, `token-${i}`]))
const sessions = stickySessions({ name: 'gate' }, tokens, candidates)

describe('stuckTo', () => {
  test.each([
    ['the target that the cookie names', 'token-1', [], 1],
    ['nobody without a cookie', undefined, [], -1],
    ['nobody for a cookie that somebody made up', 'token-9', [], -1],
    ['nobody for the name of a target', 'http://10.0.0.1:8080', [], -1],
    ['nobody for an empty cookie', '', [], -1],
    ['nobody when the target was tried', 'token-1', [targetAt(1)], -1],
    ['its target when another was tried', 'token-1', [targetAt(0)], 1],
  ])('is %s', (_, value, tried, index) => {
    expect(stuckTo(sessions, value, tried)).toBe(candidates[index])
  })

  test('is nobody when the target is gone or may not go on', () => {
    expect(stuckTo(stickySessions({ name: 'gate' }, tokens, candidates.slice(1)), 'token-0', [])).toBeUndefined()
  })

  test('a target without a token holds no sessions', () => {
    const some = stickySessions({ name: 'gate' }, new Map(), candidates)
    expect(stuckTo(some, 'undefined', [])).toBeUndefined()
    expect(stickyField(some, candidates[0]!.target, undefined, true)).toBeUndefined()
  })
})

describe('stickyField', () => {
  const served = candidates[1]!.target

  test.each([
    ['a new client', undefined, false, 'gate=token-1; Path=/; HttpOnly; SameSite=Lax'],
    ['a new client by TLS', undefined, true, 'gate=token-1; Path=/; HttpOnly; SameSite=Lax; Secure'],
    ['one whose target is gone', 'token-9', true, 'gate=token-1; Path=/; HttpOnly; SameSite=Lax; Secure'],
    ['one whom another target has answered', 'token-0', false, 'gate=token-1; Path=/; HttpOnly; SameSite=Lax'],
    ['one that has it already', 'token-1', true, undefined],
  ])('for %s', (_, value, secure, field) => {
    expect(stickyField(sessions, served, value, secure)).toBe(field)
  })

  test('keeps for as long as it is told', () => {
    const lasting = stickySessions({ name: 'gate', maxAgeSeconds: 3600 }, tokens, candidates)
    expect(stickyField(lasting, served, undefined, true)).toBe('gate=token-1; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure')
  })
})
