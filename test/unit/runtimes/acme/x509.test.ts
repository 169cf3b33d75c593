// What is made in X.509, as openssl reads it.
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { readBundle } from '../../../../runtimes/acme/bundle.js'
import { challengeCertificate, newRequest, renewalId, selfSigned } from '../../../../runtimes/acme/x509.js'

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
