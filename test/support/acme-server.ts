// A small authority of our own (a part of RFC 8555, with RFC 8737 and RFC 9773): looks at challenges for real, and fails as a test wants it to.
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { calculateJwkThumbprint, flattenedVerify, type FlattenedJWSInput, importJWK, type JWK } from 'jose'
import type { AcmeAuthority, AcmeOptions } from './acme-authority.js'
import { TestAuthority } from './authority.js'
import { freePorts } from './free-ports.js'

/** An answer in place of the one that would come. */
export interface Failing {
  readonly status: number
  readonly type: string
  readonly retryAfterSeconds?: number
}

export interface AcmeServer extends AcmeAuthority {
  /** What was asked for, as `newOrder` or `renewalInfo`. */
  readonly asked: string[]
  /** What new orders said that they replace. */
  readonly replaced: (string | undefined)[]
  /** Answers to the next requests of a kind. */
  readonly failing: Map<string, Failing[]>
  /** Windows of renewal, the next certificate's first; when none is left, far in the future. */
  readonly windows: { readonly start: string; readonly end: string }[]
}

interface Order {
  readonly name: string
  readonly token: string
  readonly thumbprint: string
  status: 'pending' | 'ready' | 'valid'
  proof: 'pending' | 'valid' | 'invalid'
  certificate?: string
}

const problem = (status: number, type: string, detail = type): { status: number; body: unknown } => ({ status, body: { type: `urn:ietf:params:acme:error:${type}`, detail } })

/** Starts it. */
export async function startAcmeServer({ eab }: AcmeOptions = {}): Promise<AcmeServer> {
  const authority = new TestAuthority('authority for tests')
  const issued = authority.issue('localhost', ['IP:127.0.0.1'])
  const [httpPort, tlsPort] = (await freePorts(2)) as [number, number]
  const nonces = new Set<string>()
  const accounts: JWK[] = []
  const orders: Order[] = []
  const windowOf = new Map<string, AcmeServer['windows'][number]>()
  const server = createServer({ cert: issued.pem.cert, key: issued.pem.key }, (request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const given: AcmeServer = {
    directory: `${origin}/directory`, ca: authority.ca, root: authority.pem, httpPort, tlsPort,
    asked: [], replaced: [], failing: new Map(), windows: [],
    orders: () => orders.length,
    askForRenewal: (cert) => {
      const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()
      windowOf.set(serialOf(cert), { start: ago(2), end: ago(1) })
      return Promise.resolve()
    },
    close: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
      authority.close()
    },
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, kind = '', id = ''] = request.url!.split('/')
    const nonce = randomBytes(16).toString('base64url')
    nonces.add(nonce)
    let text = ''
    for await (const piece of request) text += String(piece)
    given.asked.push(kind)
    const failing = given.failing.get(kind)?.shift()
    const { status, body, location, type = 'application/json' } = failing ? { ...problem(failing.status, failing.type), location: undefined, type: undefined } : await reply(kind, id, request, text)
    response.writeHead(status, { 'replay-nonce': nonce, 'content-type': type, ...(location === undefined ? {} : { location }), ...(failing?.retryAfterSeconds === undefined ? {} : { 'retry-after': String(failing.retryAfterSeconds) }) })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  const reply = async (kind: string, id: string, request: IncomingMessage, text: string): Promise<{ status: number; body: unknown; location?: string | undefined; type?: string | undefined }> => {
    if (kind === 'directory') return { status: 200, body: { ...Object.fromEntries(['newNonce', 'newAccount', 'newOrder', 'renewalInfo'].map((name) => [name, `${origin}/${name}`])), meta: { externalAccountRequired: eab !== undefined } } }
    if (kind === 'newNonce') return { status: 200, body: '' }
    if (kind === 'renewalInfo') {
      const far = new Date(Date.now() + 30 * 86_400_000).toISOString()
      const serial = Buffer.from(id.split('.')[1]!, 'base64url').toString('hex').replace(/^0+/, '').toUpperCase()
      if (!windowOf.has(serial)) return { status: 404, body: {} }
      return { status: 200, body: { suggestedWindow: windowOf.get(serial) ?? { start: far, end: far } } }
    }
    const jws = JSON.parse(text) as FlattenedJWSInput & { protected: string }
    const header = JSON.parse(Buffer.from(jws.protected, 'base64url').toString()) as { nonce: string; url: string; kid?: string; jwk?: JWK }
    if (!nonces.delete(header.nonce)) return problem(400, 'badNonce')
    if (header.url !== `${origin}${request.url}`) return problem(400, 'unauthorized')
    const jwk = header.jwk ?? accounts[Number(header.kid?.split('/').pop())]
    if (!jwk) return problem(400, 'accountDoesNotExist')
    const { payload } = await flattenedVerify(jws, await importJWK(jwk, 'ES256'))
    const read = payload.length === 0 ? {} : (JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>)
    const order = orders[Number(id)]
    const orderBody = (): unknown => ({ status: order!.status, authorizations: [`${origin}/authorization/${id}`], finalize: `${origin}/finalize/${id}`, ...(order!.certificate === undefined ? {} : { certificate: `${origin}/certificate/${id}` }) })
    switch (kind) {
      case 'newAccount': {
        if (eab && !(await isBound(read['externalAccountBinding'] as FlattenedJWSInput, eab.hmacKey, jwk))) return problem(403, 'unauthorized', 'not bound')
        return { status: 201, body: { status: 'valid' }, location: `${origin}/account/${accounts.push(jwk) - 1}` }
      }
      case 'newOrder': {
        const [{ value: name }] = read['identifiers'] as [{ value: string }]
        given.replaced.push(read['replaces'] as string | undefined)
        const place = orders.push({ name, token: randomBytes(24).toString('base64url'), thumbprint: await calculateJwkThumbprint(jwk), status: 'pending', proof: 'pending' }) - 1
        return { status: 201, body: { status: 'pending', authorizations: [`${origin}/authorization/${place}`], finalize: `${origin}/finalize/${place}` }, location: `${origin}/order/${place}` }
      }
      case 'authorization':
        return { status: 200, body: { status: order!.proof, challenges: ['http-01', 'tls-alpn-01'].map((type) => ({ type, url: `${origin}/${type}/${id}`, token: order!.token })) } }
      case 'http-01':
      case 'tls-alpn-01':
        void look(kind, order!).then((proven) => {
          order!.proof = proven ? 'valid' : 'invalid'
          if (proven) order!.status = 'ready'
        })
        return { status: 200, body: {} }
      case 'finalize':
        if (order!.status !== 'ready') return problem(403, 'orderNotReady')
        order!.certificate = certify(read['csr'] as string, order!.name)
        order!.status = 'valid'
        return { status: 200, body: orderBody() }
      case 'order':
        return { status: 200, body: orderBody() }
      case 'certificate':
        return { status: 200, body: order!.certificate, type: 'application/pem-certificate-chain' }
      default:
        return problem(404, 'malformed')
    }
  }

  const look = async (kind: string, { name, token, thumbprint }: Order): Promise<boolean> => {
    const proof = `${token}.${thumbprint}`
    if (kind === 'http-01') {
      const [response] = (await once(get({ host: '127.0.0.1', port: httpPort, path: `/.well-known/acme-challenge/${token}`, headers: { host: name }, agent: false }), 'response')) as [IncomingMessage]
      let text = ''
      for await (const piece of response) text += String(piece)
      return response.statusCode === 200 && text.trim() === proof
    }
    const socket = connect({ host: '127.0.0.1', port: tlsPort, servername: name, ALPNProtocols: ['acme-tls/1'], rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const shown = socket.getPeerX509Certificate()!
    socket.destroy()
    // id-pe-acmeIdentifier, critical, an OCTET STRING with the digest.
    const extension = Buffer.concat([Buffer.from('06082b060105050701 1f0101ff04220420'.replace(' ', ''), 'hex'), createHash('sha256').update(proof).digest()])
    return socket.alpnProtocol === 'acme-tls/1' && shown.subjectAltName === `DNS:${name}` && shown.raw.includes(extension)
  }

  const certify = (csr: string, name: string): string => {
    const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: authority.folder, stdio: 'pipe' })
    const file = join(authority.folder, `order-${orders.length}-${randomBytes(4).toString('hex')}`)
    writeFileSync(`${file}.csr`, Buffer.from(csr, 'base64url'))
    if (!openssl('req', '-inform', 'DER', '-in', `${file}.csr`, '-noout', '-text', '-verify').toString().includes(`DNS:${name}`)) throw new Error('the request is for another name')
    writeFileSync(`${file}.ext`, `subjectAltName=DNS:${name}\nauthorityKeyIdentifier=keyid:always\n`)
    openssl('req', '-inform', 'DER', '-in', `${file}.csr`, '-out', `${file}.pem.csr`)
    // The first bit set, before which an INTEGER has a zero.
    openssl('x509', '-req', '-in', `${file}.pem.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', `0x9${randomBytes(7).toString('hex')}1`, '-days', '90', '-extfile', `${file}.ext`, '-out', `${file}.pem`)
    const cert = readFileSync(`${file}.pem`, 'utf8')
    const window = given.windows.shift()
    const far = new Date(Date.now() + 30 * 86_400_000).toISOString()
    windowOf.set(serialOf(cert), window ?? { start: far, end: far })
    return cert
  }
  return given
}

const serialOf = (cert: string): string => new X509Certificate(cert).serialNumber

/** Whether the customer's key has signed the account's. */
async function isBound(binding: FlattenedJWSInput | undefined, hmacKey: string, jwk: JWK): Promise<boolean> {
  if (!binding) return false
  try {
    const { payload } = await flattenedVerify(binding, Buffer.from(hmacKey, 'base64url'))
    return (await calculateJwkThumbprint(JSON.parse(Buffer.from(payload).toString()) as JWK)) === (await calculateJwkThumbprint(jwk))
  } catch {
    return false
  }
}
