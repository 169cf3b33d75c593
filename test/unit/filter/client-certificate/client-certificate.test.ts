// clientCertificate through a whole gateway: who passes, what servers are told, and that nobody passes by saying so.
import { createHash, X509Certificate } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import type { PeerCertificate } from '../../../../src/adapter.js'
import { type Config, ConfigError, validateConfig } from '../../../../src/index.js'
import { unshownCertificates } from '../../../../runtimes/shared/shown-certificates.js'
import { peerCertificate as certificateOnWorkers } from '../../../../runtimes/workers/certificate.js'
import type { WorkerRequest } from '../../../../runtimes/workers/types.js'
import { TestAuthority } from '../../../support/authority.js'
import { text, type World, worldOf } from '../../../support/gateway.js'

type Settings = NonNullable<Extract<NonNullable<Config['filters']>[number], { clientCertificate?: unknown }>['clientCertificate']>
const DER = Uint8Array.from([1, 2, 250])
const PRINT = createHash('sha256').update(DER).digest('hex')
const ANN: PeerCertificate = { der: DER, subject: 'CN=ann,O=Example', names: ['Ann.Example', 'a@example', 'spiffe://x/Ann', '192.0.2.7'], fingerprint256: PRINT, notAfterMs: 2_000_000, verified: true }
const filters = (settings: Settings = {}): NonNullable<Config['filters']> => [{ clientCertificate: settings }]
const told = ({ sent }: World): string[][] => sent.map(({ fields }) => fields.flatMap((name, i) => (i % 2 === 0 && /^client.cert/i.test(name) ? [`${name}: ${fields[i + 1]!}`] : [])))
const LINE = 'Client-Cert: :AQL6:'

describe('of certificates', () => {
  test.each<[string, Settings, Partial<PeerCertificate>]>([
    ['of a known authority', {}, {}],
    ['with the subject', { subjects: ['CN=bob', 'CN=ann,O=Example'] }, {}],
    ['with the name, in any case', { names: ['ann.EXAMPLE'] }, {}],
    ['with a name below it', { names: ['*.example'] }, {}],
    ['for a wildcard that is written so', { names: ['*.example'] }, { names: ['*.example'] }],
    ['with the address of mail', { names: ['a@example'] }, {}],
    ['with the URI', { names: ['spiffe://x/Ann'] }, {}],
    ['with an address in the range', { names: ['192.0.2.0/24'] }, {}],
    ['with the fingerprint', { fingerprints: [PRINT.toUpperCase().replace(/..(?=.)/g, '$&:')] }, {}],
    ['in one list of several', { subjects: ['CN=bob'], names: ['a@example'] }, {}],
  ])('one %s passes', async (_, settings, differing) => {
    const world = worldOf({ filters: filters(settings) })
    const certificate = { ...ANN, ...differing }
    for (let i = 0; i < 2; i++) expect((await world.ask('GET', '/', { certificate })).status).toBe(200)
    expect([told(world), world.events.map((event) => event.kind === 'request' && event.user)]).toEqual([[[LINE], [LINE]], [ANN.subject, ANN.subject]])
  })

  test.each<[string, Settings, Partial<PeerCertificate> | undefined, string]>([
    ['none', {}, undefined, 'no certificate'],
    ['one of another authority', {}, { verified: false }, 'a certificate of an authority that is not believed'],
    ['one of another authority, of the list', { fingerprints: [PRINT], require: false }, { verified: false }, 'a certificate of an authority that is not believed'],
    ['one that has ended since', {}, { notAfterMs: 999_999 }, 'the certificate of CN=ann,O=Example has expired'],
    ['one whose end is not known', {}, { notAfterMs: NaN }, 'the certificate of CN=ann,O=Example has expired'],
    ['one that is not in the list', { subjects: ['CN=ann'], names: ['ann'], fingerprints: ['0'.repeat(64)] }, {}, 'the certificate of CN=ann,O=Example is not in the list'],
    ['another one where none is required', { subjects: ['CN=bob'], require: false }, {}, 'the certificate of CN=ann,O=Example is not in the list'],
    ['a subject in another case', { subjects: ['CN=Ann,O=Example'] }, {}, 'the certificate of CN=ann,O=Example is not in the list'],
    ['a name two labels below', { names: ['*.example'] }, { names: ['a.ann.example', 'example', 'x@ann.example', 'https://ann.example'] }, 'the certificate of CN=ann,O=Example is not in the list'],
    ['a wildcard for a name', { names: ['ann.example'] }, { names: ['*.example'] }, 'the certificate of CN=ann,O=Example is not in the list'],
    ['a URI in another case', { names: ['spiffe://x/ann'] }, {}, 'the certificate of CN=ann,O=Example is not in the list'],
  ])('%s is refused with 403', async (_, settings, differing, reason) => {
    const world = worldOf({ filters: filters(settings) })
    const answer = await world.ask('GET', '/', { ...(differing && { certificate: { ...ANN, ...differing } }), fields: ['Client-Cert', ':AQL6:'], upgrade: 'websocket' })
    expect([answer.status, world.sent.length]).toEqual([403, 0])
    expect(world.events[0]).toMatchObject({ detail: `clientCertificate: ${reason}`, user: undefined })
    expect(answer.text).not.toContain('ann')
  })

  test('the name is the first alternative one where there is no subject, else the fingerprint', async () => {
    const world = worldOf({ filters: filters() })
    for (const names of [ANN.names, []]) await world.ask('GET', '/', { certificate: { ...ANN, subject: '', names } })
    expect(world.events.map((event) => event.kind === 'request' && event.user)).toEqual(['Ann.Example', PRINT])
  })
})

const LIES = ['Client-Cert', ':AAAA:', 'client_cert', ':AAAA:', 'CLIENT.CERT-chain', ':AAAA:', 'Client-Cert-Chain', ':AAAA:', 'Connection', 'Client-Cert']

describe('what clients claim', () => {
  const KEEPING = { upstream: 'app', normalization: { oddHeaders: 'keep' } } as const
  const LISTEN = { tls: { cert: 'c', key: 'k', clientAuth: { ca: 'a', mode: 'request' } } } as const

  test.each<[string, Partial<Config>, PeerCertificate | undefined, string[]]>([
    ['beside a real certificate', { filters: filters() }, ANN, [LINE]],
    ['beside a real one that is not forwarded', { filters: filters({ forward: false }) }, ANN, []],
    ['beside one that the platform does not show', { filters: filters() }, { ...ANN, der: new Uint8Array() }, []],
    ['without one', { filters: filters({ require: false }) }, undefined, []],
    ['without one, in a filter of the route', { routes: [{ ...KEEPING, filters: filters({ require: false }) }] }, undefined, []],
    ['as a proxy that nobody trusts', { trustedProxies: ['192.0.2.0/24'], filters: filters({ trustForwarded: true, require: false }) }, undefined, []],
    ['where a listener asks for certificates and no filter does', { listen: LISTEN }, ANN, []],
    ['where one of several does', { listen: [{ port: 1 }, { port: 2, ...LISTEN }] }, undefined, []],
  ])('%s does not reach servers, in no spelling', async (_, config, certificate, lines) => {
    const world = worldOf({ routes: [KEEPING], ...config })
    for (const fields of [LIES, ['client_cert', ':AAAA:'], ['Connection', 'client-cert']]) expect((await world.ask('GET', '/', { fields, ...(certificate && { certificate }) })).status).toBe(200)
    expect(told(world)).toEqual([lines, lines, lines])
  })

  test('nothing changes where nobody asks for certificates', async () => {
    const world = worldOf({ listen: { port: 1 } })
    await world.ask('GET', '/', { fields: ['Client-Cert', ':AAAA:'] })
    expect(told(world)).toEqual([['Client-Cert: :AAAA:']])
  })
})

describe('behind a proxy', () => {
  const authority = new TestAuthority()
  afterAll(() => authority.close())
  const raw = (name: string, days?: number): string => new X509Certificate(authority.issue(name, ['DNS:a.example'], days).pem.cert).raw.toString('base64')
  const ann = raw('ann')
  const proxied = (settings: Settings = {}, rest: Partial<Config> = {}): World => worldOf({ trustedProxies: ['203.0.113.9'], filters: filters({ trustForwarded: true, ...settings }), ...rest })

  test('the certificate that it tells is that of the client, with its chain, and not the one that it shows itself', async () => {
    const world = proxied({ names: ['a.example'] }, { listen: { tls: { cert: 'c', key: 'k', clientAuth: { ca: 'a', mode: 'require' } } } })
    for (let i = 0; i < 2; i++) expect((await world.ask('GET', '/', { fields: ['client-cert', `:${ann}:`, 'client-cert-chain', ':AAAA:'], certificate: { ...ANN, names: [] } })).status).toBe(200)
    expect(told(world)).toEqual(Array(2).fill([`Client-Cert: :${ann}:`, 'Client-Cert-Chain: :AAAA:']))
    expect(world.events.map((event) => event.kind === 'request' && event.user)).toEqual(['CN=ann,O=Example', 'CN=ann,O=Example'])
    expect((await world.ask('GET', '/', { certificate: { ...ANN, names: ['a.example'] } })).status).toBe(403)
  })

  test('its fingerprint is computed', async () => {
    const world = proxied({ fingerprints: [createHash('sha256').update(Buffer.from(ann, 'base64')).digest('hex')] })
    expect([(await world.ask('GET', '/', { fields: ['Client-Cert', `:${ann}:`] })).status, (await world.ask('GET', '/', { fields: ['Client-Cert', `:${raw('ann')}:`] })).status]).toEqual([200, 403])
  })

  test.each<[string, string[], string]>([
    ['none', [], 'no certificate'],
    ['two', ['Client-Cert', `:${ann}:`, 'Client-Cert', `:${ann}:`], 'more than one Client-Cert'],
    ['two in a line', ['Client-Cert', `:${ann}:, :${ann}:`], 'a Client-Cert that cannot be read'],
    ['PEM', ['Client-Cert', encodeURIComponent(`-----BEGIN CERTIFICATE-----\n${ann}`)], 'a Client-Cert that cannot be read'],
    ['half of one', ['Client-Cert', `:${ann.slice(0, 400)}:`], 'a Client-Cert that cannot be read'],
    ['base64 that is none', ['Client-Cert', ':AAAAA:'], 'a Client-Cert that cannot be read'],
    ['a huge one', ['Client-Cert', `:${'A'.repeat(20_000)}:`], 'a Client-Cert that cannot be read'],
    ['one by another spelling', ['Client_Cert', `:${ann}:`], 'no certificate'],
  ])('%s is refused', async (_, fields, reason) => {
    const world = proxied()
    expect((await world.ask('GET', '/', { fields })).status).toBe(403)
    expect(world.events[0]).toMatchObject({ detail: `clientCertificate: ${reason}` })
  })

  test('one that has ended is refused, remembered or not', async () => {
    const world = proxied()
    const fields = ['Client-Cert', `:${ann}:`]
    expect((await world.ask('GET', '/', { fields })).status).toBe(200)
    world.nowMs = Date.now() + 40 * 86_400_000
    for (let i = 0; i < 2; i++) expect((await world.ask('GET', '/', { fields })).status).toBe(403)
  })
})

test('an answer to one user is stored only where it is meant for all', async () => {
  const world = worldOf({ routes: [{ upstream: 'app', cache: true, filters: filters() }] }, () => text('mine', ['Cache-Control', 'max-age=60']))
  for (let i = 0; i < 2; i++) await world.ask('GET', '/', { certificate: ANN })
  expect(world.sent).toHaveLength(2)
})

describe('at start', () => {
  test.each<[Settings, RegExp]>([
    [{ subjects: ['O = Example, CN = ann'] }, /subjects\[0\].*RFC2253/],
    [{ subjects: ['ann'] }, /subjects\[0\]/],
    [{ subjects: [] }, /at least one/],
    [{ names: ['a.*.example'] }, /names\[0\]/],
    [{ fingerprints: ['abc'] }, /fingerprints\[0\].*sha256/],
    [{ trustForwarded: true }, /filters\[0\]\.clientCertificate\.trustForwarded.*trustedProxies/],
  ])('%j is told', (settings, message) => {
    const validation = validateConfig({ routes: [], filters: filters(settings) })
    expect(validation.kind === 'invalid' && new ConfigError(validation.issues).message).toMatch(message)
  })

  test('so is a filter for which nobody could show a certificate', () => {
    const faults = (config: Partial<Config>): string[] => {
      const validation = validateConfig({ routes: [{ respond: { status: 204 }, filters: filters() }], filters: filters(), ...config })
      if (validation.kind === 'invalid') throw new ConfigError(validation.issues)
      return unshownCertificates(validation.config).map(({ path }) => path)
    }
    expect(faults({})).toEqual(['filters[0].clientCertificate', 'routes[0].filters[0].clientCertificate'])
    expect(faults({ trustedProxies: 1, filters: filters({ trustForwarded: true }), routes: [] })).toEqual([])
    expect(faults({ listen: [{}, { tls: { cert: 'c', key: 'k', clientAuth: { ca: 'a', mode: 'request' } } }] })).toEqual([])
  })
})

test('Workers tell of certificates, and which of them hold', () => {
  const tlsClientAuth = { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0', certSubjectDNRFC2253: 'CN=ann', certFingerprintSHA256: 'AB', certNotAfter: 'Dec 22 19:39:00 2018 GMT' }
  const shown = (differing: Partial<typeof tlsClientAuth> = {}): PeerCertificate | undefined => certificateOnWorkers({ cf: { tlsClientAuth: { ...tlsClientAuth, ...differing } } } as WorkerRequest)
  expect(shown()).toEqual({ der: new Uint8Array(), subject: 'CN=ann', names: [], fingerprint256: 'ab', notAfterMs: Date.UTC(2018, 11, 22, 19, 39), verified: true })
  expect([shown({ certRevoked: '1' })?.verified, shown({ certVerified: 'FAILED:unable to get local issuer certificate' })?.verified, shown({ certPresented: '0' }), certificateOnWorkers({} as WorkerRequest)]).toEqual([false, false, undefined, undefined])
})
