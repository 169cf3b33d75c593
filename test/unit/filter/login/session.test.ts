import { expect, test } from 'vitest'
import { claimLines } from '../../../../src/filter/claims.js'
import { begin, readSession, writeSession } from '../../../../src/filter/login/session.js'

test('a session keeps the claims that are asked for, those within claims too, and no others', () => {
  const claims = { sub: 'ann', address: { country: 'DE', street: 'private' }, groups: ['a', 'b'], email: 'a@b.test' }
  const session = readSession(writeSession(begin({ claims, refreshToken: undefined, expiresInSeconds: 300 }, ['sub', 'address.country', 'groups', 'absent'], 1000, 5)))
  expect(session).toEqual({ subject: 'ann', claims: { sub: 'ann', 'address.country': 'DE', groups: ['a', 'b'] }, expiresMs: 1005, refreshToken: undefined, refreshMs: undefined })
  expect(claimLines(session.claims, { 'address.country': 'X-Country', absent: 'X-Absent' })).toEqual(['X-Country', 'DE'])
})
