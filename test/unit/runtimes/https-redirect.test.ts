import { expect, test } from 'vitest'
import { redirectPort, redirectToHttps } from '../../../runtimes/shared/https-redirect.js'
import { validateConfig } from '../../../src/index.js'

const locationOf = (target: string, host: string, port = 443, method = 'GET'): string | undefined => redirectToHttps({ method, target, fields: ['Host', host] }, port)?.fields[1]

test.each([
  ['/a?b=c', 'a.test', 443, 'https://a.test/a?b=c'],
  ['/a', 'A.test:80', 443, 'https://a.test/a'],
  ['/a', 'a.test:8080', 8443, 'https://a.test:8443/a'],
  ['/a', '[::1]:80', 8443, 'https://[::1]:8443/a'],
  ['//evil.test/', 'a.test', 443, 'https://a.test//evil.test/'],
  ['http://a.test', 'a.test', 443, 'https://a.test/'],
  ['http://a.test?b', 'a.test', 443, 'https://a.test/?b'],
  ['http://evil.test/x', 'a.test', 443, 'https://a.test/x'],
  ['/.well-known/acme-challenge/../admin', 'a.test', 443, 'https://a.test/.well-known/acme-challenge/../admin'],
  ['/.well-known/acme-challenge/a/b', 'a.test', 443, 'https://a.test/.well-known/acme-challenge/a/b'],
])('%s of %s goes to port %i: %s', (target, host, port, location) => {
  expect(locationOf(target, host, port)).toBe(location)
})

test.each([
  ['/.well-known/acme-challenge/a-B_9', 'a.test'],
  ['/a b', 'a.test'],
  ['/a\r\nX: y', 'a.test'],
  ['/a#b', 'a.test'],
  ['/a', 'a.test/b'],
  ['/a', ''],
])('%j of %j is left to the gateway', (target, host) => {
  expect(locationOf(target, host)).toBeUndefined()
})

test('OPTIONS * goes to the host', () => {
  expect(locationOf('*', 'a.test', 443, 'OPTIONS')).toBe('https://a.test/')
})

test.each([
  [[{ redirectToHttps: true }], 443],
  [[{ redirectToHttps: true }, { port: 8443, tls: { cert: 'a', key: 'b' } }], 8443],
  [[{ redirectToHttps: { port: 444 } }, { port: 8443, tls: { cert: 'a', key: 'b' } }], 444],
  [[{ redirectToHttps: false }], undefined],
  [[{}], undefined],
])('%j sends to %s', (listen, port) => {
  const validation = validateConfig({ listen, routes: [] })
  if (validation.kind === 'invalid') throw new Error(JSON.stringify(validation.issues))
  expect(redirectPort(listen[0]!, validation.config)).toBe(port)
})

test('a listener with TLS sends nobody anywhere', () => {
  expect(validateConfig({ listen: { redirectToHttps: true, tls: { cert: 'a', key: 'b' } }, routes: [] })).toMatchObject({ kind: 'invalid', issues: [{ path: 'listen', message: expect.stringContaining('is for a listener without "tls"') as unknown }] })
})
