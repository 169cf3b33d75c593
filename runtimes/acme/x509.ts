// Makes what authorities and tests of names need in X.509: requests for certificates, certificates of our own, and identifiers for renewal information.
import { createHash, createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import type * as X509 from '@peculiar/x509'
import type { AccountKey } from './client.js'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000
/** Clocks differ; a certificate holds from a little before it was made. */
const EARLIER_MS = 3_600_000

/** A certificate and its key, both PEM. */
export interface MadePair {
  readonly cert: string
  readonly key: string
}

/** Loaded with its first use: only those pay for it who have certificates made. */
async function library(): Promise<typeof X509> {
  // The library keeps its types by what this adds to Reflect.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(webcrypto as Crypto)
  return x509
}

function newKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function keyPem({ privateKey }: CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey))
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
}

function alternatives({ SubjectAlternativeNameExtension }: typeof X509, names: readonly string[]): X509.SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })))
}

/** A new key and the request to certify it for a name: DER in base64url, as authorities take it (RFC 8555 §7.4). */
export async function newRequest(name: string): Promise<{ readonly csr: string; readonly key: string }> {
  const x509 = await library()
  const keys = await newKeys()
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: ALGORITHM, extensions: [alternatives(x509, [name])] })
  return { csr: Buffer.from(request.rawData).toString('base64url'), key: await keyPem(keys) }
}

/** Signed by nobody but itself: for whom nothing better is there yet. */
export async function selfSigned(names: readonly string[], days: number, extensions: (x509: typeof X509) => X509.Extension[] = () => []): Promise<MadePair> {
  const x509 = await library()
  const keys = await newKeys()
  const nowMs = Date.now()
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: ['fetchgate, self-signed'] }],
    notBefore: new Date(nowMs - EARLIER_MS),
    notAfter: new Date(nowMs + days * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [alternatives(x509, names), ...extensions(x509)],
  })
  return { cert: `${made.toString('pem')}\n`, key: await keyPem(keys) }
}

/** An authority that is believed for these names and addresses only (RFC 5280 §4.2.1.10), so that whoever gets its key can pass for nobody else. */
export async function localAuthority(names: readonly string[], days: number): Promise<MadePair> {
  const x509 = await library()
  const keys = await newKeys()
  const nowMs = Date.now()
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ O: ['fetchgate'] }, { CN: [`fetchgate, authority of this machine only, ${newSerial().slice(1, 9)}`] }],
    notBefore: new Date(nowMs - EARLIER_MS),
    notAfter: new Date(nowMs + days * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension('2.5.29.30', true, permittedOnly(names)),
    ],
  })
  return { cert: `${made.toString('pem')}\n`, key: await keyPem(keys) }
}

/** A certificate for names of servers, signed by an authority. */
export async function issueLocal(authority: MadePair, names: readonly string[], days: number): Promise<MadePair> {
  const x509 = await library()
  const keys = await newKeys()
  const issuer = new x509.X509Certificate(authority.cert)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', new Uint8Array(createPrivateKey(authority.key).export({ type: 'pkcs8', format: 'der' })), ALGORITHM, false, ['sign'])
  const nowMs = Date.now()
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [{ CN: [names[0]!] }],
    issuer: issuer.subjectName.toJSON(),
    notBefore: new Date(nowMs - EARLIER_MS),
    notAfter: new Date(nowMs + days * DAY_MS),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      alternatives(x509, names),
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
    ],
  })
  return { cert: `${made.toString('pem')}\n`, key: await keyPem(keys) }
}

/** Name constraints in DER: names with what is below them, and addresses with the loopback's range around them. */
function permittedOnly(names: readonly string[]): Buffer<ArrayBuffer> {
  const tagged = (tag: number, content: Buffer): Buffer<ArrayBuffer> => Buffer.concat([Buffer.of(tag, content.byteLength), content])
  const subtree = (name: string): Buffer<ArrayBuffer> => {
    if (isIP(name) === 4) return tagged(0x87, Buffer.of(127, 0, 0, 0, 255, 0, 0, 0))
    return isIP(name) === 6 ? tagged(0x87, Buffer.concat([Buffer.alloc(15), Buffer.of(1), Buffer.alloc(16, 0xff)])) : tagged(0x82, Buffer.from(name))
  }
  return tagged(0x30, tagged(0xa0, Buffer.concat(names.filter((name) => !name.startsWith('*.')).map((name) => tagged(0x30, subtree(name))))))
}

/** What is shown to an authority that looks by TLS (RFC 8737 §3): the digest of the key authorization, in an extension that no other client passes over. */
export function challengeCertificate(name: string, keyAuthorization: string): Promise<MadePair> {
  const digest = createHash('sha256').update(keyAuthorization).digest()
  return selfSigned([name], 1, ({ Extension }) => [new Extension('1.3.6.1.5.5.7.1.31', true, Buffer.concat([Buffer.from([0x04, digest.length]), digest]))])
}

/** What renewal information is asked by (RFC 9773 §4.1): key of the authority and serial number; undefined for a certificate that does not tell the key. */
export async function renewalId(cert: string): Promise<string | undefined> {
  const { AuthorityKeyIdentifierExtension, X509Certificate } = await library()
  const read = new X509Certificate(cert)
  const keyId = read.getExtension(AuthorityKeyIdentifierExtension)?.keyId
  if (keyId === undefined) return undefined
  // An INTEGER whose first bit is set has a zero before it, which some readers drop.
  const serial = Buffer.from(read.serialNumber, 'hex')
  const integer = serial[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), serial]) : serial
  return `${Buffer.from(keyId, 'hex').toString('base64url')}.${integer.toString('base64url')}`
}

/** Positive, as a serial number must be, and no two alike. */
function newSerial(): string {
  return `4${randomBytes(15).toString('hex')}0`
}

/** A key for an account with an authority, as a JWK. */
export async function newAccountKey(): Promise<AccountKey> {
  const { privateKey } = await newKeys()
  const { kty, crv, x, y, d } = await webcrypto.subtle.exportKey('jwk', privateKey)
  return { kty: kty!, crv: crv!, x: x!, y: y!, d: d! }
}
