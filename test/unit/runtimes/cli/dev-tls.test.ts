// Where the authority of a developer's machine lies, and what is said of it.
import { expect, test } from 'vitest'
import { parseCommand } from '../../../../runtimes/cli/args.js'
import { devTlsFolder, localHosts, trustLines } from '../../../../runtimes/cli/dev-tls.js'

test.each([
  ['linux', {}, '/home/ann/.local/share/fetchgate/dev-tls'],
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/fetchgate/dev-tls'],
  ['darwin', {}, '/home/ann/Library/Application Support/fetchgate/dev-tls'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/fetchgate/dev-tls'],
] as const)('on %s with %j it is %s', (platform, environment, folder) => {
  expect(devTlsFolder(platform, environment, '/home/ann')).toBe(folder)
})

test('each system is told its own way', () => {
  expect((['win32', 'darwin', 'linux'] as const).map((platform) => /-addstore|add-trusted-cert|update-ca-certificates/.exec(trustLines(platform, '/a b/ca.pem'))?.[0])).toEqual(['-addstore', 'add-trusted-cert', 'update-ca-certificates'])
  expect(trustLines('linux', '/a b/ca.pem')).toContain('"/a b/ca.pem"')
})

test('a folder alone asks for it too, and other commands take neither', () => {
  expect(parseCommand(['serve', '--to', 'http://a', '--dev-tls'])).toMatchObject({ kind: 'serve', devTls: { folder: undefined } })
  expect(parseCommand(['serve', '--to', 'http://a', '--dev-tls-folder', 'x'])).toMatchObject({ kind: 'serve', devTls: { folder: 'x' } })
  expect(parseCommand(['check', '--dev-tls'])).toEqual({ kind: 'wrong', message: '"check" takes no --dev-tls' })
})

test('hosts of routes below localhost are certified by name', () => {
  expect(localHosts({ routes: [{ host: ['App.localhost', '*.localhost', 'shop.example'] }, { host: 'app.localhost' }, {}] })).toEqual(['app.localhost'])
})
