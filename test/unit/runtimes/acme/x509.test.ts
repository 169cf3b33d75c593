// What is made in X.509, as openssl reads it.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readBundle } from '../../../../runtimes/acme/bundle.js'
import { devTls } from '../../../../runtimes/tls/dev-authority.js'
import { challengeCertificate, issueLocal, newRequest, renewalId, selfSigned } from '../../../../runtimes/acme/x509.js'

const openssl = (args: readonly string[], input: string | Buffer): string => execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'pipe'] }).toString()

test('a request is signed by its key and names the host', async () => {
  const { csr, key } = await newRequest('shop.test')
  const text = openssl(['req', '-inform', 'DER', '-noout', '-text', '-verify'], Buffer.from(csr, 'base64url'))
  expect(text).toContain('DNS:shop.test')
  expect(openssl(['pkey', '-noout', '-text'], key)).toContain('P-256')
})

test('the answer to a challenge by TLS has the digest in a critical extension, and the name alone', async () => {
  const { cert, key } = await challengeCertificate('shop.test', 'token.thumbprint')
  const { raw, subjectAltName } = new X509Certificate(cert)
  const digest = createHash('sha256').update('token.thumbprint').digest()
  // RFC 8737 §3: OID 1.3.6.1.5.5.7.1.31, TRUE, OCTET STRING in an OCTET STRING.
  expect(raw.includes(Buffer.concat([Buffer.from('06082b0601050507011f0101ff04220420', 'hex'), digest]))).toBe(true)
  expect(subjectAltName).toBe('DNS:shop.test')
  expect(readBundle(key + cert)).toMatchObject({ names: ['shop.test'] })
})

test('what stands in for certificates names all hosts, and no two have one serial number', async () => {
  const made = await Promise.all([1, 2].map(() => selfSigned(['a.test', 'b.test'], 90)))
  const read = made.map(({ cert }) => new X509Certificate(cert))
  expect(read[0]!.subjectAltName).toBe('DNS:a.test, DNS:b.test')
  expect(read[0]!.serialNumber).not.toBe(read[1]!.serialNumber)
})

test('renewal information is asked by the key of the authority and the serial number', async () => {
  // The certificate and the identifier of RFC 9773, Appendix A.
  const cert = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
`
  expect(await renewalId(cert)).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
  expect(await renewalId((await selfSigned(['a.test'], 1)).cert)).toBeUndefined()
})

test('half of a file is no certificate', () => {
  for (const text of ['', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']) expect(readBundle(text)).toBeUndefined()
})

test('the authority of a machine is made once, certifies its names, and is believed for no others', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'fetchgate-dev-')), 'dev')
  const made = await devTls(folder)
  const again = await devTls(folder)
  expect([made.isNew, again.isNew, readFileSync(made.cert, 'utf8') === readFileSync(again.cert, 'utf8')]).toEqual([true, false, true])
  expect(readdirSync(folder).filter((name) => statSync(join(folder, name)).mode & 0o077)).toEqual([])
  const verify = (cert: string): string => {
    const { stdout, stderr } = spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', made.ca, cert], { encoding: 'utf8' })
    return stdout + stderr
  }
  expect(verify(made.cert)).toContain(': OK')
  const authority = { cert: readFileSync(made.ca, 'utf8'), key: readFileSync(made.ca.replace('.pem', '.key'), 'utf8') }
  for (const name of ['shop.example', '192.0.2.1']) {
    const stolen = await issueLocal(authority, [name], 1)
    writeFileSync(join(folder, 'stolen.pem'), stolen.cert)
    expect(verify(join(folder, 'stolen.pem'))).toContain('permitted subtree violation')
  }
  // A certificate that ends, or lacks a host, is made anew; the authority stays.
  const short = await issueLocal(authority, ['localhost'], 0)
  writeFileSync(made.cert, short.cert)
  writeFileSync(made.key, short.key)
  await devTls(folder)
  const namesNow = (): string | undefined => new X509Certificate(readFileSync(made.cert)).subjectAltName
  expect(namesNow()).toBe('DNS:localhost, DNS:*.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
  await devTls(folder, ['app.localhost'])
  expect(namesNow()).toContain('DNS:app.localhost')
  expect(readFileSync(made.ca, 'utf8')).toBe(authority.cert)
  rmSync(join(folder, '..'), { recursive: true })
})
