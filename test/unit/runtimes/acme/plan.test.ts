// What can be made of the settings of ACME, and what is said where nothing can.
import { describe, expect, test } from 'vitest'
import { acmeIssues, acmePlans } from '../../../../runtimes/acme/plan.js'
import { unsupportedByBunHttp, unsupportedByBunServe } from '../../../../runtimes/bun/serve.js'
import { unsupportedByDeno } from '../../../../runtimes/deno/serve.js'
import { type CheckedConfig, type Config, formatIssue, type ListenConfig, validateConfig } from '../../../../src/index.js'

const settings = { email: 'ops@shop.example', domains: ['Shop.example', 'shop.example', 'www.shop.example'], storage: '/var/lib/fetchgate' }
const config = (listen: Config['listen']): Config => ({ listen: listen!, routes: [{ respond: { status: 204 } }] })
const issuesOf = (listen: Config['listen']): string[] => {
  const validation = validateConfig(config(listen))
  return (validation.kind === 'invalid' ? validation.issues : acmeIssues(validation.config)).map(formatIssue)
}
const checkedOf = (listen: Config['listen']): CheckedConfig => {
  const validation = validateConfig(config(listen))
  if (validation.kind === 'invalid') throw new Error(validation.issues.map(formatIssue).join('\n'))
  return validation.config
}
const withAcme = (acme: object): Config['listen'] => [{ port: 80 }, { port: 443, tls: { acme: { ...settings, ...acme } } }]

describe('a plan', () => {
  test('has each host once, and the challenges for which an authority would find us', () => {
    const [plan] = acmePlans(checkedOf(withAcme({})))
    expect(plan).toMatchObject({ listener: 1, path: 'listen[1].tls.acme', domains: ['shop.example', 'www.shop.example'], ways: ['http-01', 'tls-alpn-01'], directory: 'https://acme-v02.api.letsencrypt.org/directory' })
    expect(acmePlans(checkedOf([{ port: 8443, tls: { acme: { ...settings, challenges: ['tls-alpn-01'] } } }]))[0]!.ways).toEqual(['tls-alpn-01'])
    expect(acmePlans(checkedOf([{ port: 443, tls: { acme: settings } }]))[0]!.ways).toEqual(['tls-alpn-01'])
  })
})

test.each<[string, Config['listen'], string]>([
  ['a wildcard', withAcme({ domains: ['*.shop.example'] }), 'listen[1].tls.acme.domains[0]: "*.shop.example" is a wildcard, which authorities certify by a challenge in DNS'],
  ['an address', withAcme({ domains: ['192.0.2.1'] }), '"192.0.2.1" is an address; certificates are got for names'],
  ['an IPv6 address', withAcme({ domains: ['[2001:db8::1]'] }), 'is an address'],
  ['no host', withAcme({ domains: ['bücher.example'] }), 'is not a host such as'],
  ['nothing to get', withAcme({ domains: undefined }), 'listen[1].tls.acme: needs "domains", or "onDemand"'],
  ['no ask', withAcme({ onDemand: {} }), 'listen[1].tls.acme.onDemand.ask'],
  ['no binding', withAcme({ directory: 'zerossl' }), '"directory": "zerossl" needs "eab"'],
  ['no directory', withAcme({ directory: 'http://ca.internal/directory' }), 'is neither letsencrypt, letsencrypt-staging, zerossl'],
  ['a pair that is half', [{ port: 80 }, { port: 443, tls: { acme: settings, cert: 'a' } }], 'needs "cert" and "key"'],
  ['nobody at the ports of authorities', [{ port: 8080 }, { port: 8443, tls: { acme: settings } }], 'an authority connects to port 80, where nothing listens: add { "port": 80, "redirectToHttps": true } to "listen". Or listen with TLS at port 443.'],
  ['nobody to answer over HTTP', [{ port: 8443, tls: { acme: { ...settings, challenges: ['http-01'] } } }], '"http-01" needs a listener without TLS'],
])('is refused: %s', (_, listen, message) => {
  expect(issuesOf(listen).join('\n')).toContain(message)
})

test('what a runtime cannot do is refused by name', () => {
  const one = { tls: { acme: { ...settings, domains: ['shop.example'] } } } as ListenConfig
  const several = { tls: { acme: settings } } as ListenConfig
  const beside = { tls: { cert: 'a', key: 'b', acme: one.tls!.acme } } as ListenConfig
  const demand = { tls: { acme: { ...settings, onDemand: { ask: 'http://127.0.0.1/' } } } } as ListenConfig
  const strict = { adapter: 'strict' as const }
  expect([one, several, beside].map((listen) => [unsupportedByBunServe(listen), unsupportedByBunHttp(listen), unsupportedByDeno(listen), unsupportedByDeno({ ...listen, ...strict })].map((found) => 'tls.acme' in found))).toEqual([
    [false, false, false, false],
    [false, true, true, false],
    [false, true, true, false],
  ])
  expect([unsupportedByBunServe(demand), unsupportedByBunHttp(demand), unsupportedByDeno(demand), unsupportedByDeno({ ...demand, ...strict })].map((found) => 'tls.acme' in found)).toEqual([true, true, true, false])
})
