// When certificates end: told at start, each day, and at the end itself. The pure part says what is due; `tellEnds` waits by the clock.
import type { CertificateEvent, Clock } from '../../src/index.js'
import { endsSoon } from '../acme/renewal.js'
import type { ListenerCertificate } from '../shared/adapter.js'

const DAY_MS = 86_400_000

/** What there is to tell of a certificate; undefined for one with enough of its life left, and for one that only stands in. */
export function endOf({ notBeforeMs: fromMs, notAfterMs: toMs, origin }: ListenerCertificate, nowMs: number): 'expiring' | 'expired' | undefined {
  if (origin === 'placeholder') return undefined
  if (nowMs > toMs) return 'expired'
  return endsSoon(nowMs, { fromMs, toMs }) ? 'expiring' : undefined
}

/** How long to wait before it is looked again: a day, or until just after the next end. */
export function nextLookMs(certificates: readonly ListenerCertificate[], nowMs: number): number {
  const ends = certificates.map(({ notAfterMs }) => notAfterMs - nowMs + 1).filter((inMs) => inMs > 0)
  return Math.min(DAY_MS, ...ends)
}

/** Tells until the signal is aborted. */
export async function tellEnds(shown: () => readonly ListenerCertificate[], clock: Clock, observe: (event: CertificateEvent) => void, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    const nowMs = clock.nowMs()
    const certificates = shown()
    for (const certificate of certificates) {
      const change = endOf(certificate, nowMs)
      if (change) observe({ kind: 'certificate', change, hosts: certificate.hosts, notAfterMs: certificate.notAfterMs, detail: '' })
    }
    await clock.sleep(nextLookMs(certificates, nowMs), until)
  }
}
