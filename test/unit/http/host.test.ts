import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHost } from '../../../src/http/host.js'
import { anyText } from '../../support/text.js'

describe('parseHost', () => {
  test.each([
    ['example.com', 'example.com', undefined],
    ['EXAMPLE.com', 'example.com', undefined],
    ['example.com.', 'example.com', undefined],
    ['example.com.:8080', 'example.com', '8080'],
    ['example.com:', 'example.com', undefined],
    ['my_service:80', 'my_service', '80'],
    ['a-b.c~d', 'a-b.c~d', undefined],
    ['a', 'a', undefined],
    ['192.0.2.1:65535', '192.0.2.1', '65535'],
    ['[2001:DB8::1]:443', '[2001:db8::1]', '443'],
    ['[::ffff:192.0.2.1]', '[::ffff:c000:201]', undefined],
    ['[2001:db8:0:0::0:1]', '[2001:db8::1]', undefined],
    ['[0:0:0:0:0:0:0:1]:80', '[::1]', '80'],
  ])('%s is the host %s with port %s', (text, name, port) => {
    expect(parseHost(text)).toEqual({ name, port })
  })

  test.each([
    '', ' ', '.', '-a', 'a..', ':80', 'example.com:65536', 'example.com:123456', 'example.com:8a', 'example.com:-1', 'a:80:80',
    'user@example.com', 'example.com/path', 'example.com?q', 'example.com#f', 'example.com\\x', 'exam ple.com', 'a\tb', 'a,b', 'a%2fb',
    'caf\u00e9.com', '::1', '[::1', '::1]', '[]', '[g::1]', '[1.2.3.4]', '[::1]x', '[fe80::1%25eth0]', 'a\n',
  ])('%j is no host', (text) => {
    expect(parseHost(text)).toBeUndefined()
  })

  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/)
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))

  test('a canonical host written again is the same host', () => {
    fc.assert(
      fc.property(name, fc.option(fc.integer({ min: 0, max: 65535 }).map(String), { nil: undefined }), (written, port) => {
        expect(parseHost(port === undefined ? written : `${written}:${port}`)).toEqual({ name: written, port })
        expect(parseHost(`${written.toUpperCase()}.${port === undefined ? '' : `:${port}`}`)).toEqual({ name: written, port })
      }),
    )
  })

  test('no text makes it throw, and what it takes has no character that could move the path of a URL', () => {
    const awkward = fc.array(fc.constantFrom('a', '1', '.', ':', '[', ']', '@', '/', '%', '\\', '?', '#', '-', ' ', '::1'), { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(awkward, anyText()), (text) => {
        const host = parseHost(text)
        if (!host) return
        expect(host.name).not.toMatch(/[@/\\?#%\s]/)
        expect(host.name).toBe(host.name.toLowerCase())
        expect(host.name.endsWith('.')).toBe(false)
      }),
    )
  })
})
