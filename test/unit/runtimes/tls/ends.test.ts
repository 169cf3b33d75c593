import { expect, test } from 'vitest'
import type { ListenerCertificate } from '../../../../runtimes/shared/adapter.js'
import { endOf, nextLookMs, tellEnds } from '../../../../runtimes/tls/ends.js'
import type { CertificateEvent } from '../../../../src/index.js'

const DAY = 86_400_000
const certificate = (days: number, origin: ListenerCertificate['origin'] = 'own'): ListenerCertificate => ({ hosts: [`${days}.test`], notBeforeMs: 0, notAfterMs: days * DAY, fingerprint256: '', origin })

test.each([
  [90, 75, undefined],
  [90, 77, 'expiring'],
  [90, 90, 'expiring'],
  [90, 90.01, 'expired'],
  [6, 4, undefined],
  [6, 5, 'expiring'],
])('of a certificate for %d days, on day %d: %s', (days, day, told) => {
  expect([endOf(certificate(days), day * DAY), endOf(certificate(days, 'placeholder'), day * DAY)]).toEqual([told, undefined])
})

test('it is looked again after a day, or just after an end that comes before', () => {
  expect([nextLookMs([certificate(90), certificate(1)], 0.5 * DAY), nextLookMs([certificate(90), certificate(1)], 2 * DAY), nextLookMs([], 0)]).toEqual([0.5 * DAY + 1, DAY, DAY])
})

test('each day is told until the end, and the end when it comes', async () => {
  const events: CertificateEvent[] = []
  const stopping = new AbortController()
  let nowMs = 87.75 * DAY
  const clock = {
    nowMs: () => nowMs,
    sleep: async (delayMs: number) => {
      nowMs += delayMs
      if (nowMs > 91 * DAY) stopping.abort()
    },
  }
  await tellEnds(() => [certificate(90)], clock, (event) => void events.push(event), stopping.signal)
  expect(events.map(({ change }) => change)).toEqual(['expiring', 'expiring', 'expiring', 'expired'])
  expect(events[0]).toMatchObject({ hosts: ['90.test'], notAfterMs: 90 * DAY })
})
