import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { VerifiedHere } from '../../../runtimes/node-http/deno-tls.js'
import type { PeerCertificate } from '../../../src/adapter.js'

const certificate = (fingerprint256: string, verified = true): PeerCertificate => ({ fingerprint256, verified }) as PeerCertificate
const by = (resumed: boolean): TLSSocket => ({ isSessionReused: () => resumed }) as TLSSocket

test('a session counts for a certificate that was verified here before, and for no other', () => {
  const here = new VerifiedHere()
  expect(here.judge(by(true), certificate('ann'))).toMatchObject({ verified: false })
  expect(here.judge(by(false), certificate('ann'))).toMatchObject({ verified: true })
  expect(here.judge(by(true), certificate('ann'))).toMatchObject({ verified: true })
  expect(here.judge(by(true), certificate('bob'))).toMatchObject({ verified: false })
  expect([here.judge(by(true), undefined), here.judge(by(false), certificate('eve', false))]).toMatchObject([undefined, { verified: false }])
  expect(here.judge(by(true), certificate('eve'))).toMatchObject({ verified: false })
})

test('none of them does once other authorities are believed, and a flood of certificates is not kept', () => {
  const here = new VerifiedHere()
  here.judge(by(false), certificate('ann'))
  here.forget()
  expect(here.judge(by(true), certificate('ann'))).toMatchObject({ verified: false })
  for (let i = 0; i <= 10_000; i++) here.judge(by(false), certificate(String(i)))
  expect([here.judge(by(true), certificate('0')), here.judge(by(true), certificate('1'))]).toMatchObject([{ verified: false }, { verified: true }])
})
