import { expect, test } from 'vitest'
import type { ServedTls } from '../../../../runtimes/tls/served.js'
import { nextKeyInMs, TicketKeys } from '../../../../runtimes/tls/ticket-keys.js'

const TLS: ServedTls = { certificates: [{ cert: 'a', key: 'b', hosts: [], fromMs: 0, toMs: 1, origin: 'own' }], minVersion: '1.2', ciphers: 'c', clientAuth: { ca: 'd', crl: undefined, isRequired: true } }
const HALF_DAY_MS = 12 * 3_600_000
const nowMs = Date.UTC(2026, 10, 25, 15)
const key = (secret: string | undefined, listener: string, atMs = nowMs, tls = TLS): string => new TicketKeys(secret, listener).keyAt(atMs, tls).toString('hex')

test('processes with one secret have one key, of the length node takes, until its time is over', () => {
  expect(key('secret', 'a 443')).toBe(key('secret', 'a 443', nowMs + nextKeyInMs(nowMs) - 1))
  expect(key('secret', 'a 443')).toHaveLength(96)
  expect(new TicketKeys('secret', 'a 443').sessionIdContext).toBe(new TicketKeys('secret', 'a 443').sessionIdContext)
})

test('another secret, listener, time, certificate or authority makes another key', () => {
  const keys = [
    key('secret', 'a 443'), key('other', 'a 443'), key(undefined, 'a 443'), key(undefined, 'a 443'), key('secret', 'a 444'), key('secret', 'a 443', nowMs + HALF_DAY_MS),
    key('secret', 'a 443', nowMs, { ...TLS, certificates: [{ cert: 'x', key: 'b', hosts: [], fromMs: 0, toMs: 1, origin: 'own' }] }), key('secret', 'a 443', nowMs, { ...TLS, clientAuth: undefined }), key('secret', 'a 443', nowMs, { ...TLS, clientAuth: { ca: 'other', crl: undefined, isRequired: true } }),
  ]
  expect(new Set(keys).size).toBe(keys.length)
  expect(new Set(['a 443', 'a 444'].map((listener) => new TicketKeys('secret', listener).sessionIdContext)).size).toBe(2)
})

test('the next key is due within its time, and never at once', () => {
  expect([nextKeyInMs(HALF_DAY_MS), nextKeyInMs(HALF_DAY_MS - 1)]).toEqual([HALF_DAY_MS, 1])
})
