import { describe, expect, test } from 'vitest'
import { candidates, parseDnsServer, parseHosts, parseResolvConf } from '../../../../runtimes/dns/system.js'

test('a hosts file gives each name its addresses of both families', () => {
  const hosts = parseHosts('127.0.0.1 localhost vm # this\n::1\tlocalhost ip6-localhost\n# 10.0.0.9 gone\n10.0.0.1 App.test\n10.0.0.2 app.test\n10.0.0.1 app.test\nnonsense here\n')
  expect(Object.fromEntries(hosts)).toEqual({
    localhost: { A: ['127.0.0.1'], AAAA: ['::1'] },
    vm: { A: ['127.0.0.1'], AAAA: [] },
    'ip6-localhost': { A: [], AAAA: ['::1'] },
    'app.test': { A: ['10.0.0.1', '10.0.0.2'], AAAA: [] },
  })
})

test('a resolv.conf of Kubernetes tells servers, domains and dots', () => {
  expect(parseResolvConf('search shop.svc.cluster.local svc.cluster.local.\nnameserver 10.96.0.10\nnameserver fd00::a\noptions ndots:5 edns0\n')).toEqual({
    servers: [{ address: '10.96.0.10', port: 53 }, { address: 'fd00::a', port: 53 }],
    search: ['shop.svc.cluster.local', 'svc.cluster.local'],
    ndots: 5,
  })
})

test('without servers the one of this machine is meant', () => {
  expect(parseResolvConf('; nothing\nnameserver ns.example\n')).toEqual({ servers: [{ address: '127.0.0.1', port: 53 }], search: [], ndots: 1 })
})

describe('a name is looked for', () => {
  const conf = { search: ['a.test', 'test'], ndots: 2 }
  test.each([
    ['db', ['db.a.test', 'db.test', 'db']],
    ['db.shop', ['db.shop.a.test', 'db.shop.test', 'db.shop']],
    ['db.shop.example', ['db.shop.example', 'db.shop.example.a.test', 'db.shop.example.test']],
    ['db.', ['db']],
  ])('%s as %s', (name, expected) => {
    expect(candidates(name, conf)).toEqual(expected)
  })
})

test.each([
  ['10.0.0.2', { address: '10.0.0.2', port: 53 }],
  ['10.0.0.2:5353', { address: '10.0.0.2', port: 5353 }],
  ['2001:db8::1', { address: '2001:db8::1', port: 53 }],
  ['[2001:db8::1]:5353', { address: '2001:db8::1', port: 5353 }],
  ['ns.example', undefined],
  ['', undefined],
])('the server %s is %j', (text, expected) => {
  expect(parseDnsServer(text)).toEqual(expected)
})
