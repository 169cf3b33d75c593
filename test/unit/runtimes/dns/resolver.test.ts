import { afterEach, describe, expect, test } from 'vitest'
import { ask } from '../../../../runtimes/dns/ask.js'
import { createResolver, type Machine } from '../../../../runtimes/dns/resolver.js'
import { parseHosts } from '../../../../runtimes/dns/system.js'
import { type Failing, startDns, type TestDns, type Zone } from '../../../support/dns-server.js'

const servers: TestDns[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function dnsOf(zones: Record<string, Zone | Failing>): Promise<TestDns> {
  const server = await startDns(zones)
  servers.push(server)
  return server
}

const at = ({ port }: TestDns): { address: string; port: number } => ({ address: '127.0.0.1', port })

interface Given {
  readonly hosts?: string
  readonly search?: string[]
  readonly found?: string[]
  readonly prefersLookup?: boolean
}

/** A machine whose resolv.conf names the server. */
function machineOf(dns: TestDns, { hosts = '', search = [], found = [], prefersLookup = false }: Given = {}): Machine & { readonly looked: string[] } {
  const looked: string[] = []
  return {
    looked,
    hosts: async () => parseHosts(hosts),
    resolvConf: async () => ({ servers: [at(dns)], search, ndots: 1 }),
    ask: (servers, name, type) => ask(servers, name, type, 300),
    lookup: async (name, family) => {
      looked.push(`${name} ${family}`)
      return found
    },
    prefersLookup,
  }
}

describe('DNS', () => {
  test('tells addresses, services and how long they hold', async () => {
    const dns = await dnsOf({ 'app.test': { ttlSeconds: 7, A: ['10.0.0.1', '10.0.0.2'], AAAA: ['2001:db8::1'] }, '_http._tcp.app.test': { SRV: [{ priority: 1, weight: 2, port: 8080, target: 'a.app.test' }] } })
    const { resolve } = createResolver(undefined, machineOf(dns))
    expect(await resolve('app.test', 'A')).toEqual({ records: ['10.0.0.1', '10.0.0.2'], ttlMs: 7000 })
    expect(await resolve('app.test', 'AAAA')).toEqual({ records: ['2001:db8::1'], ttlMs: 7000 })
    expect(await resolve('_http._tcp.app.test', 'SRV')).toEqual({ records: [{ priority: 1, weight: 2, port: 8080, target: 'a.app.test' }], ttlMs: 60_000 })
  })

  test('is asked again over TCP for what does not fit into a datagram', async () => {
    const many = Array.from({ length: 200 }, (_, i) => `10.0.1.${i}`)
    const dns = await dnsOf({ 'many.test': { A: many, truncated: true } })
    expect((await createResolver(undefined, machineOf(dns)).resolve('many.test', 'A')).records).toEqual(many)
    expect(dns.asked).toEqual(['many.test A over udp', 'many.test A over tcp'])
  })

  test('that does not answer, or cannot tell, is an error and not an absence', async () => {
    const dns = await dnsOf({ 'broken.test': 'SERVFAIL', 'forbidden.test': 'REFUSED', 'odd.test': 'silence' })
    const { resolve } = createResolver([at(dns)], machineOf(dns))
    await expect(resolve('broken.test', 'A')).rejects.toMatchObject({ code: 'dns_error', message: '127.0.0.1 answered SERVFAIL for broken.test' })
    await expect(resolve('forbidden.test', 'A')).rejects.toMatchObject({ code: 'dns_error' })
    await expect(resolve('odd.test', 'A')).rejects.toMatchObject({ code: 'dns_timeout' })
    expect(await resolve('absent.test', 'A')).toMatchObject({ records: [] })
  })

  test('is asked of the next server when the first cannot tell', async () => {
    const [first, second] = [await dnsOf({ 'app.test': 'SERVFAIL' }), await dnsOf({ 'app.test': { A: ['10.0.0.1'] } })]
    expect((await createResolver([at(first), at(second)], machineOf(first)).resolve('app.test', 'A')).records).toEqual(['10.0.0.1'])
  })

  test('answers that are none are waited out', async () => {
    const dns = await dnsOf({ 'app.test': 'garbage' })
    await expect(createResolver([at(dns)], machineOf(dns)).resolve('app.test', 'A')).rejects.toMatchObject({ code: 'dns_timeout' })
  })

  test('looks for a short name in the domains of the machine, and stops at the first that exists', async () => {
    const dns = await dnsOf({ 'db.shop.test': { A: ['10.0.0.5'] }, 'db.test': { AAAA: ['2001:db8::5'] } })
    const { resolve } = createResolver(undefined, machineOf(dns, { search: ['shop.test', 'test'] }))
    expect((await resolve('db', 'A')).records).toEqual(['10.0.0.5'])
    expect((await resolve('db', 'AAAA')).records).toEqual([])
  })
})

describe('the machine', () => {
  test('its hosts file counts first, for both families', async () => {
    const dns = await dnsOf({ 'app.test': { A: ['10.0.0.1'], AAAA: ['2001:db8::1'] } })
    const { resolve } = createResolver([at(dns)], machineOf(dns, { hosts: '127.0.0.9 app.test' }))
    expect([(await resolve('APP.test', 'A')).records, (await resolve('app.test', 'AAAA')).records, dns.asked]).toEqual([['127.0.0.9'], [], []])
  })

  test('knows localhost without asking', async () => {
    const dns = await dnsOf({})
    const { resolve } = createResolver(undefined, machineOf(dns))
    expect([(await resolve('localhost', 'A')).records, (await resolve('app.localhost', 'AAAA')).records, dns.asked]).toEqual([['127.0.0.1'], ['::1'], []])
  })

  test('is asked its own way for what DNS does not know', async () => {
    const dns = await dnsOf({ 'v4only.test': { A: ['10.0.0.1'] }, 'broken.test': 'SERVFAIL' })
    const machine = machineOf(dns, { found: ['192.0.2.1'] })
    const { resolve } = createResolver(undefined, machine)
    expect((await resolve('printer.local', 'A')).records).toEqual(['192.0.2.1'])
    expect((await resolve('broken.test', 'A')).records).toEqual(['192.0.2.1'])
    expect((await resolve('v4only.test', 'AAAA')).records).toEqual([])
    expect(machine.looked).toEqual(['printer.local 4', 'broken.test 4'])
  })

  test('is not asked its own way where the servers were given', async () => {
    const dns = await dnsOf({})
    const machine = machineOf(dns, { found: ['192.0.2.1'], search: ['test'] })
    expect((await createResolver([at(dns)], machine).resolve('printer', 'A')).records).toEqual([])
    expect([machine.looked, dns.asked]).toEqual([[], ['printer A over udp']])
  })

  test('says why when nobody could tell', async () => {
    const dns = await dnsOf({ 'broken.test': 'SERVFAIL' })
    await expect(createResolver(undefined, machineOf(dns)).resolve('broken.test', 'A')).rejects.toMatchObject({ code: 'dns_error' })
  })

  test('is asked its own way first where that knows better', async () => {
    const dns = await dnsOf({ 'app.test': { A: ['10.0.0.1'] } })
    const { resolve } = createResolver(undefined, machineOf(dns, { found: ['192.0.2.1'], prefersLookup: true }))
    expect([(await resolve('app.test', 'A')).records, dns.asked]).toEqual([['192.0.2.1'], []])
  })
})
