// Certificates that the gateway gets by itself, from an authority that looks for real: on each runtime, what it can.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import { type AcmeAuthority, type AcmeOptions, startAuthority } from '../support/acme-authority.js'
import { type AcmeServer, startAcmeServer } from '../support/acme-server.js'
import { ask, head } from '../support/raw-client.js'
import { type GatewayProcess, type RuntimeName, serveOn } from '../support/runtimes.js'

const HOSTS = ['shop.test', 'www.shop.test']
const folder = mkdtempSync(join(tmpdir(), 'fetchgate-acme-'))
const open: { stop(): Promise<unknown> }[] = []
let storages = 0

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})
afterAll(() => rmSync(folder, { recursive: true }))

async function ownAuthority(): Promise<AcmeServer> {
  const authority = await startAcmeServer()
  open.push({ stop: () => authority.close() })
  return authority
}

async function authorityFor(hosts: readonly string[], options?: AcmeOptions): Promise<AcmeAuthority> {
  const authority = await startAuthority(hosts, options)
  open.push({ stop: () => authority.close() })
  return authority
}

type Acme = NonNullable<NonNullable<Exclude<Config['listen'], unknown[] | undefined>['tls']>['acme']>

interface Start {
  readonly acme?: Partial<Acme>
  readonly adapter?: 'native' | 'strict'
  /** Takes ports of its own in place of those that the authority looks at. */
  readonly elsewhere?: boolean
}

/** A gateway with a listener where the authority looks over HTTP, and one where it looks over TLS. */
async function start(runtime: RuntimeName, { directory, ca, httpPort, tlsPort }: AcmeAuthority, storage: string, { acme, adapter, elsewhere = false }: Start = {}): Promise<GatewayProcess> {
  const settings = { email: 'ops@shop.test', domains: HOSTS, storage, directory, ca, challenges: ['http-01'], ...acme } as Acme
  const port = (fixed: number): number => (elsewhere ? 0 : fixed)
  const gateway = await serveOn(runtime, {
    listen: [{}, { host: '127.0.0.1', port: port(httpPort), redirectToHttps: { port: tlsPort } }, { host: '127.0.0.1', port: port(tlsPort), tls: { acme: settings }, ...(adapter && { adapter }) }],
    routes: [{ path: '/.well-known/*', respond: { body: 'routed' } }, { path: '/*', respond: { body: 'ok' } }],
  })
  open.push({ stop: () => gateway.stop('SIGKILL') })
  return gateway
}

const newStorage = (): string => join(folder, `storage-${++storages}`)

/** Waits until it has said something as often as this. */
async function said(gateway: GatewayProcess, text: RegExp, times = 1): Promise<void> {
  const global = new RegExp(text, 'g')
  while ((gateway.output().match(global)?.length ?? 0) < times) await Promise.race([once(gateway.process.stdout!, 'data'), once(gateway.process.stderr!, 'data')])
}

/** What is shown for a name, whoever has certified it. */
async function shown(port: number, servername: string): Promise<PeerCertificate> {
  const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const certificate = socket.getPeerCertificate()
  socket.destroy()
  return certificate
}

/** The body of an answer, from a server whose certificate verifies. */
async function askSecurely(port: number, host: string, ca: string, agent: Agent | false = false): Promise<string> {
  const request = httpsRequest({ host: '127.0.0.1', port, servername: host, headers: { host }, ca, agent }).end()
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  let body = ''
  for await (const piece of response) body += String(piece)
  return body
}

/** Asks until the certificate verifies, which it does from its taking into use on. */
async function verified(port: number, host: string, root: string): Promise<string> {
  for (;;) {
    const body = await askSecurely(port, host, root).catch(() => undefined)
    if (body !== undefined) return body
  }
}

const pem = ({ raw }: PeerCertificate): string => `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`

describe.each([
  ['node lowest', 'native', HOSTS],
  ['bun', 'native', HOSTS],
  ['deno sharing ports', 'native', HOSTS.slice(0, 1)],
  ['deno', 'strict', HOSTS],
] as const)('on %s, %s', (runtime, adapter, domains) => {
  test('certificates are got by HTTP-01, kept over a restart, and renewed under load when the authority asks for it', async () => {
    const authority = await authorityFor(HOSTS)
    const { httpPort, tlsPort, root, orders, askForRenewal } = authority
    const storage = newStorage()
    const first = await start(runtime, authority, storage, { adapter, acme: { domains: [...domains] } })
    expect(await Promise.all(domains.map((host) => verified(tlsPort, host, root)))).toEqual(domains.map(() => 'ok'))
    expect(orders()).toBe(domains.length)
    // The redirect does not come before challenges, and challenges of others are requests like any.
    const plain = (path: string) => ask(httpPort, head(`GET ${path}`, 'Host: shop.test'))
    expect([(await plain('/')).status, (await plain('/.well-known/acme-challenge/of-somebody-else-entirely')).body.toString()]).toEqual([308, 'routed'])
    await first.stop()

    const second = await start(runtime, authority, storage, { adapter, acme: { domains: [...domains] } })
    expect(await askSecurely(tlsPort, 'shop.test', root)).toBe('ok')
    const before = await shown(tlsPort, 'shop.test')
    let asking = true
    const agent = new Agent({ keepAlive: true })
    const load = ([agent, false] as const).map(async (each) => {
      const bodies = new Set<string>()
      while (asking) bodies.add(await askSecurely(tlsPort, 'shop.test', root, each))
      return [...bodies]
    })
    await askForRenewal(pem(before))
    second.process.kill('SIGHUP')
    while ((await shown(tlsPort, 'shop.test')).serialNumber === before.serialNumber) await new Promise((resolve) => setTimeout(resolve, 20))
    asking = false
    expect(await Promise.all(load)).toEqual([['ok'], ['ok']])
    agent.destroy()
    expect(orders()).toBe(domains.length + 1)
    await second.stop()
    const files = readdirSync(storage, { recursive: true, encoding: 'utf8' }).map((name) => join(storage, name))
    expect(files.filter((file) => statSync(file).mode & 0o077)).toEqual([])
    expect(files.filter((file) => /challenges\/.|\.tmp$|\/lock$/.test(file))).toEqual([])
  }, 60_000)
})

test('on Node certificates are got by TLS-ALPN-01, while others are shown what there is', async () => {
  const authority = await authorityFor(HOSTS)
  const gateway = await start('node newest', authority, newStorage(), { acme: { challenges: ['tls-alpn-01'] } })
  expect((await shown(authority.tlsPort, 'shop.test')).issuer.CN).toContain('self-signed')
  expect(await Promise.all(HOSTS.map((host) => verified(authority.tlsPort, host, authority.root)))).toEqual(['ok', 'ok'])
  // A challenge that nobody has posed: the handshake fails, and no certificate is given away for it.
  const socket = connect({ host: '127.0.0.1', port: authority.tlsPort, servername: 'shop.test', rejectUnauthorized: false, ALPNProtocols: ['acme-tls/1'] })
  expect(await once(socket, 'secureConnect').catch((error: Error) => error.message)).toMatch(/alert|disconnected|ECONNRESET/)
  expect(gateway.output()).not.toContain('could be got')
})

test('of processes that share a storage one orders, and all show what it got', async () => {
  const authority = await authorityFor(HOSTS)
  const storage = newStorage()
  await start('node lowest', authority, storage)
  const other = await start('node lowest', authority, storage, { elsewhere: true })
  const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(other.output())![1])
  for (const host of HOSTS) {
    await verified(authority.tlsPort, host, authority.root)
    await verified(port, host, authority.root)
    expect((await shown(port, host)).serialNumber).toBe((await shown(authority.tlsPort, host)).serialNumber)
  }
  expect(authority.orders()).toBe(HOSTS.length)
})

test('an account is bound to that of a customer; with a wrong key nothing is ordered, and that is told', async () => {
  const eab = { kid: 'kid-1', hmacKey: 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W' }
  const authority = await authorityFor(HOSTS, { eab })
  const wrong = await start('node lowest', authority, newStorage(), { acme: { eab: { ...eab, hmacKey: eab.hmacKey.split('').reverse().join('') } } })
  await said(wrong, /shop\.test: no certificate could be got: no account: /)
  await wrong.stop()
  expect(authority.orders()).toBe(0)
  await start('node lowest', authority, newStorage(), { acme: { eab, domains: ['shop.test'] } })
  expect(await verified(authority.tlsPort, 'shop.test', authority.root)).toBe('ok')
})

test('an authority whose own certificate is not believed gets no account, and clients are served meanwhile', async () => {
  const authority = await authorityFor(HOSTS)
  const other = await authorityFor([])
  const gateway = await start('node lowest', authority, newStorage(), { acme: { ca: other.ca } })
  await said(gateway, /no certificate could be got: no account: https:\/\/127\.0\.0\.1:\d+ does not answer: .*certificate/)
  expect((await shown(authority.tlsPort, 'shop.test')).issuer.CN).toContain('self-signed')
  expect(authority.orders()).toBe(0)
})

describe.each([['node lowest', 'native'], ['deno', 'strict']] as const)('on demand on %s', (runtime, adapter) => {
  test('a certificate is got for a host that the service says yes to, and for no other', async () => {
    const authority = await authorityFor(['a.customer.test', 'b.customer.test', 'shop.test'])
    const asked: string[] = []
    const service = createServer((request, response) => {
      const domain = new URL(request.url!, 'http://service').searchParams.get('domain')!
      asked.push(domain)
      response.writeHead(domain === 'no.customer.test' ? 403 : 200).end()
    }).listen(0, '127.0.0.1')
    await once(service, 'listening')
    open.push({ stop: () => once(service.close(), 'close') })
    const storage = newStorage()
    const settings = { adapter, acme: { domains: ['shop.test'], onDemand: { ask: `http://127.0.0.1:${(service.address() as AddressInfo).port}/may`, perHour: 1 } } }
    const gateway = await start(runtime, authority, storage, settings)
    const { tlsPort, root } = authority
    await verified(tlsPort, 'shop.test', root)
    expect(await Promise.all([1, 2, 3].map(() => askSecurely(tlsPort, 'a.customer.test', root)))).toEqual(['ok', 'ok', 'ok'])
    // Refused, over the limit, or no name at all: shown what whoever asks for nothing is shown.
    const names = ['no.customer.test', 'no.customer.test', 'b.customer.test', 'single', 'x_y.test']
    for (const name of names) expect((await shown(tlsPort, name)).subjectaltname).toBe('DNS:shop.test')
    expect(asked).toEqual(['a.customer.test', 'no.customer.test', 'b.customer.test'])
    expect(authority.orders()).toBe(2)
    await gateway.stop()
    await start(runtime, authority, storage, settings)
    expect(await askSecurely(tlsPort, 'a.customer.test', root)).toBe('ok')
    expect(authority.orders()).toBe(2)
  })
})

describe('an authority that', () => {
  test('asks for an early renewal gets one, told which certificate it takes the place of', async () => {
    const authority = await ownAuthority()
    authority.windows.push({ start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' })
    const gateway = await start('node lowest', authority, newStorage(), { acme: { domains: ['shop.test'] } })
    await said(gateway, /a certificate was got/, 2)
    expect(authority.replaced).toEqual([undefined, expect.stringMatching(/^[\w-]{20,}\.AJ[\w-]+$/)])
  })

  test('limits us is left alone for as long as it says, over a restart too', async () => {
    const authority = await ownAuthority()
    const storage = newStorage()
    authority.failing.set('newOrder', [{ status: 429, type: 'rateLimited', retryAfterSeconds: 7200 }])
    const first = await start('node lowest', authority, storage, { acme: { domains: ['shop.test'] } })
    await said(first, /no certificate could be got: rateLimited/)
    const againMs = Date.parse(/tried again (\S+)/.exec(first.output())![1]!)
    expect(againMs - Date.now()).toBeGreaterThan(7_100_000)
    await first.stop()
    const second = await start('node lowest', authority, storage, { acme: { domains: ['shop.test', 'www.shop.test'] } })
    await said(second, /www\.shop\.test: a certificate was got/)
    expect(authority.asked.filter((kind) => kind === 'newOrder').length).toBe(2)
  })

  test('is away at the start is asked again, and clients are served what there is', async () => {
    const authority = await ownAuthority()
    authority.failing.set('directory', [{ status: 503, type: 'serverInternal' }])
    authority.failing.set('newAccount', [{ status: 400, type: 'badNonce' }])
    const gateway = await start('node lowest', authority, newStorage(), { acme: { domains: ['shop.test'] } })
    await said(gateway, /no certificate could be got: no account: serverInternal/)
    expect((await shown(authority.tlsPort, 'shop.test')).issuer.CN).toContain('self-signed')
    expect(await verified(authority.tlsPort, 'shop.test', authority.root)).toBe('ok')
  })
})
