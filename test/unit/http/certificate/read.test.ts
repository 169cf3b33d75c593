// Certificates read from their bytes: like Node reads them, and never two of them as one.
import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { readCertificate } from '../../../../src/http/certificate/read.js'
import { alternativeNames } from '../../../../runtimes/tls/certificate.js'
import { TestAuthority } from '../../../support/authority.js'

const authority = new TestAuthority()
afterAll(() => authority.close())
const derOf = (commonName: string, names?: readonly string[]): Uint8Array => new Uint8Array(new X509Certificate(authority.issue(commonName, names).pem.cert).raw)

test.each<[string, string, string[]]>([
  ['ann', 'CN=ann,O=Example', []],
  ['ann', 'CN=ann,O=Example', ['DNS:a.example', 'DNS:*.b.example', 'email:ann@example.com', 'URI:spiffe://example/ann', 'IP:192.0.2.1', 'IP:2001:db8::1', 'RID:1.2.3.4']],
  ['ann,O=Other', 'CN=ann\\,O=Other,O=Example', []],
  [' #"\\+;<>\\\\ ', 'CN=\\ #\\"\\+\\;\\<\\>\\\\\\ ,O=Example', []],
  ['tëst', 'CN=tëst,O=Example', []],
])('of %s the subject is %s', (commonName, subject, names) => {
  const der = derOf(commonName, names)
  const byNode = new X509Certificate(der)
  const read = readCertificate(der)!
  expect([read.subject, byNode.subject.split('\n').reverse().join(','), read.notAfterMs]).toEqual([subject, subject, Date.parse(byNode.validTo)])
  const known = alternativeNames(byNode.subjectAltName).flatMap(([kind, name]) => (kind === 'Registered ID' ? [] : kind === 'IP Address' ? [name.toLowerCase()] : [name]))
  expect([read.names, known]).toEqual([0, 1].map(() => names.filter((name) => !name.startsWith('RID')).map((name) => name.replace(/^\w+:/, '').replace('::', ':0:0:0:0:0:'))))
})

test('whatever is cut off or put behind, it is no certificate, and no bytes make the reader fail', () => {
  const der = derOf('ann', ['DNS:a.example'])
  expect(readCertificate(Uint8Array.from([...der, 0x05, 0x00]))).toBeUndefined()
  fc.assert(fc.property(fc.nat(der.length - 1), (length) => readCertificate(der.subarray(0, length)) === undefined))
  fc.assert(fc.property(fc.nat(der.length - 1), fc.nat(255), (at, byte) => {
    const changed = der.slice()
    changed[at] = byte
    const read = readCertificate(changed)
    return read === undefined || typeof read.subject === 'string'
  }), { numRuns: 2000 })
})
