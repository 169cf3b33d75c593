// What is read of TLS settings, and what is said of those that are not right.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { unsupportedByBunHttp, unsupportedByBunServe } from '../../../../runtimes/bun/serve.js'
import { bunTls } from '../../../../runtimes/bun/tls.js'
import { unsupportedByDeno } from '../../../../runtimes/deno/serve.js'
import { alternativeNames, peerCertificate } from '../../../../runtimes/tls/certificate.js'
import { loadTls } from '../../../../runtimes/tls/served.js'
import { credentialsId, credentialsOf, serverTlsIssues } from '../../../../runtimes/tls/to-servers.js'
import { type Config, formatIssue, validateConfig } from '../../../../src/index.js'
import { TestAuthority } from '../../../support/authority.js'

const authority = new TestAuthority()
afterAll(() => authority.close())
const main = authority.issue('main', ['DNS:Main.test', 'DNS:*.wild.test', 'IP:127.0.0.1'])
const other = authority.issue('other', ['DNS:other.test'])
const nowMs = Date.now()
const DAY_MS = 86_400_000
const file = (name: string, text: string): string => {
  writeFileSync(join(authority.folder, name), text)
  return join(authority.folder, name)
}
const faults = (settings: Parameters<typeof loadTls>[0]): string[] => {
  const loaded = loadTls(settings, 'listen.tls', nowMs)
  return loaded.kind === 'faults' ? loaded.issues.map(formatIssue) : []
}

describe('the certificates of a listener', () => {
  test('are read from files and from texts, with the names they are for', () => {
    const loaded = loadTls({ certificates: [{ cert: main.cert, key: main.key }, { ...other.pem, hosts: ['odd.test'] }] }, 'listen.tls', nowMs)
    expect(loaded).toMatchObject({ kind: 'tls', files: [main.cert, main.key], warnings: [], tls: { minVersion: '1.2', certificates: [{ cert: main.pem.cert, hosts: ['main.test', '*.wild.test'] }, { hosts: ['odd.test'] }] } })
    expect(loaded.kind === 'tls' && bunTls(loaded.tls).map(({ serverName, minVersion }) => [serverName, minVersion])).toEqual([['main.test', 0x303], ['*.wild.test', 0x303], ['odd.test', 0x303]])
  })

  test.each([
    ['before it holds', -DAY_MS, /not valid before/],
    ['after its end', 31 * DAY_MS, /has expired on/],
  ])('are warned of %s', (_, afterMs, warning) => {
    const loaded = loadTls({ cert: main.cert, key: main.key }, 'listen.tls', nowMs + afterMs)
    expect(loaded.kind === 'tls' ? loaded.warnings : []).toEqual([expect.stringMatching(warning)])
    expect(loaded.kind === 'tls' && loaded.warnings[0]).toContain(main.cert)
  })

  test.each<[string, () => Parameters<typeof loadTls>[0], RegExp]>([
    ['a file that is not there', () => ({ cert: '/nowhere.pem', key: main.key }), /^listen\.tls\.cert: "\/nowhere\.pem" cannot be read: ENOENT/],
    ['a file of something else', () => ({ cert: file('odd.txt', 'hello'), key: main.key }), /^listen\.tls\.cert: ".*odd\.txt" is no PEM file/],
    ['a key in place of the certificate', () => ({ cert: main.key, key: main.key }), /^listen\.tls\.cert: ".*" has no certificate/],
    ['a certificate in place of the key', () => ({ cert: main.cert, key: main.cert }), /^listen\.tls\.key: ".*" has no private key that can be read/],
    ['a broken certificate', () => ({ cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', key: main.key }), /^listen\.tls\.cert: this text has a certificate that cannot be read, in place 1/],
    ['the key of another', () => ({ cert: main.cert, key: other.key }), /^listen\.tls\.key: ".*" is not the key of the certificate in ".*"/],
    ['a chain in the wrong order', () => ({ cert: file('chain.pem', other.pem.cert + main.pem.cert), key: main.key }), /^listen\.tls\.cert: ".*chain\.pem" has the certificate of the key in place 2; it must come first/],
    ['an encrypted key', () => ({ cert: main.cert, key: '-----BEGIN ENCRYPTED PRIVATE KEY-----\n' }), /^listen\.tls\.key: this text is an encrypted key; decrypt it/],
    ['an authority that is none', () => ({ ...main.pem, clientAuth: { ca: main.key, mode: 'require' } }), /^listen\.tls\.clientAuth\.ca: ".*" has no certificate/],
    ['a list that is not there', () => ({ ...main.pem, clientAuth: { ca: authority.ca, mode: 'require', crl: '/nowhere.crl' } }), /^listen\.tls\.clientAuth\.crl: "\/nowhere\.crl" cannot be read/],
    ['one of several', () => ({ certificates: [main.pem, { cert: other.pem.cert, key: main.pem.key }] }), /^listen\.tls\.certificates\[1\]\.key: this text is not the key/],
  ])('are refused for %s', (_, settings, message) => {
    expect(faults(settings())).toEqual([expect.stringMatching(message)])
  })

  test('never tell a key', () => {
    const loaded = loadTls({ cert: main.pem.cert, key: other.pem.key }, 'listen.tls', nowMs)
    expect(JSON.stringify(loaded)).not.toContain('PRIVATE KEY')
  })

  test.each<[string, object, string]>([
    ['neither', {}, 'listen.tls: needs "cert" and "key", or "certificates" instead of both, or "acme"'],
    ['half', { cert: 'a' }, 'listen.tls: needs "cert" and "key", or "certificates" instead of both, or "acme"'],
    ['both', { cert: 'a', key: 'b', certificates: [{ cert: 'a', key: 'b' }] }, 'listen.tls: needs "cert" and "key", or "certificates" instead of both, or "acme"'],
    ['odd ciphers', { cert: 'a', key: 'b', ciphers: 'AES 128' }, 'listen.tls.ciphers: "AES 128" is not a list of OpenSSL names such as "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"'],
  ])('are told apart from settings with %s', (_, tls, message) => {
    const validation = validateConfig({ listen: { tls }, routes: [] })
    expect(validation.kind === 'invalid' && validation.issues.map(formatIssue)).toContain(message)
  })
})

describe('what a runtime has no means for is named', () => {
  const pair = { cert: 'a', key: 'b' }
  const clientAuth = { ca: 'c', mode: 'require' as const }
  test.each([
    ['Bun.serve', unsupportedByBunServe, { tls: { ...pair, clientAuth } }, ['tls.clientAuth']],
    ['Bun.serve', unsupportedByBunServe, { tls: { certificates: [pair, pair], minVersion: '1.3' as const } }, []],
    ['node:https of Bun', unsupportedByBunHttp, { tls: { certificates: [pair, pair], clientAuth } }, ['tls.clientAuth', 'tls.certificates']],
    ['node:https of Bun', unsupportedByBunHttp, { tls: pair, proxyProtocol: { from: ['::/0'] } }, ['proxyProtocol']],
    ['Deno.serve', unsupportedByDeno, { tls: { certificates: [pair, pair], clientAuth, minVersion: '1.2' as const, ciphers: 'A' } }, ['tls.certificates', 'tls.clientAuth', 'tls.minVersion', 'tls.ciphers']],
    ['node:https of Deno', unsupportedByDeno, { adapter: 'strict' as const, tls: { certificates: [pair, pair], clientAuth: { ...clientAuth, crl: 'd' } } }, ['tls.clientAuth']],
  ])('%s', (_, unsupported, settings, names) => {
    expect(Object.keys(unsupported(settings))).toEqual(names)
  })
})

describe('a client\'s certificate', () => {
  test('is told with all that filters go by', () => {
    const issued = authority.issue('ann', ['DNS:ann.test', 'email:ann@example.com'])
    const der = new X509Certificate(issued.pem.cert).raw
    const told = peerCertificate(der, true)!
    expect(told).toMatchObject({ subject: 'CN=ann,O=Example', names: ['ann.test', 'ann@example.com'], verified: true })
    expect([told.fingerprint256.length, /^[0-9a-f]+$/.test(told.fingerprint256), told.notAfterMs > nowMs]).toEqual([64, true, true])
  })

  test('has one name where a comma is in it, and not two', () => {
    expect(alternativeNames('DNS:"a.test, DNS:admin.test", IP Address:127.0.0.1')).toEqual([['DNS', 'a.test, DNS:admin.test'], ['IP Address', '127.0.0.1']])
    expect(alternativeNames(undefined)).toEqual([])
  })
})

describe('TLS to servers', () => {
  const checked = (tls: NonNullable<Config['upstreams']>[string]['tls']) => {
    const validation = validateConfig({ upstreams: { app: { targets: ['https://a'], tls } }, routes: [] })
    if (validation.kind === 'invalid') throw new Error(validation.issues.map(formatIssue).join())
    return validation.config
  }

  test('is told apart by what is read, not by how it is written', () => {
    const [byFile, byText, none, unverified] = [{ ca: authority.ca }, { ca: authority.pem }, { serverName: 'a' }, { ca: authority.ca, verify: false }]
    expect(credentialsId(byFile)).toBe(credentialsId(byText))
    expect(new Set([byFile, none, unverified].map(credentialsId)).size).toBe(3)
    expect([credentialsId(undefined), credentialsId(none), credentialsOf(none)]).toEqual(['', '', {}])
    expect(credentialsOf(unverified)).toEqual({ ca: authority.pem, rejectUnauthorized: false })
  })

  test('is checked with its place', () => {
    expect(serverTlsIssues(checked({ ca: authority.ca, cert: main.cert, key: main.key }), nowMs).issues).toEqual([])
    expect(serverTlsIssues(checked({ ca: '/nowhere.pem', cert: main.cert, key: other.key }), nowMs).issues.map(formatIssue)).toEqual([
      expect.stringMatching(/^upstreams\.app\.tls\.ca: "\/nowhere\.pem" cannot be read/),
      expect.stringMatching(/^upstreams\.app\.tls\.key: ".*" is not the key of the certificate/),
    ])
    expect(() => checked({ cert: main.cert })).toThrow('needs "cert" and "key" together')
  })
})
