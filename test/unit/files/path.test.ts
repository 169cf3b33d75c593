import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filePath, isHidden } from '../../../src/files/path.js'
import { canonicalPath } from '../../../src/http/target.js'

describe('which file a path names', () => {
  test.each([
    ['/', '/'],
    ['/a.js', '/a.js'],
    ['/docs/', '/docs/'],
    ['/caf%C3%A9/a%20b.txt', '/café/a b.txt'],
    ['/a%2541', '/a%41'],
    ['/.well-known/acme-challenge/x', '/.well-known/acme-challenge/x'],
    ['/a;b', '/a;b'],
  ])('%s is %s', (path, file) => {
    expect(filePath(path, false)).toBe(file)
  })

  test.each(['/..%2Fsecret', '/a%5C..%5Cb', '/%00', '/a%0Ab', '/a%7F', '/%FF', '/%C0%AE%C0%AE/x', '/../x', '/a/./b', '/a//b', '//', 'a', '', '*', '/.env', '/.git/config', '/a/.hidden/b', '/...', '/.well-known/.secret', '/a/.well-known/x'])('%s names none', (path) => {
    expect(filePath(path, false)).toBeUndefined()
  })

  test('hidden names are served where that is asked for, climbing never is', () => {
    expect([filePath('/.env', true), filePath('/..', true), filePath('/.%2F', true)]).toEqual(['/.env', undefined, undefined])
  })

  test('whatever is sent, only plain names below one another come of it', () => {
    const piece = fc.oneof(fc.constantFrom('.', '..', '/', '\\', '%2e', '%2F', '%5c', '%00', '%252e', '%c0%af', '%u002e', ';', ':', '~1', ' ', 'a', '.git', '%e2%80%a4'), fc.string({ maxLength: 3 }))
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, hidden) => {
      const canonical = canonicalPath(`/${pieces.join('')}`)
      const file = canonical === undefined ? undefined : filePath(canonical, hidden)
      if (file === undefined) return
      expect(file.startsWith('/')).toBe(true)
      const names = file.slice(1).split('/')
      expect(names.every((name, i) => name !== '.' && name !== '..' && !/[\\\0-\x1f\x7f]/.test(name) && (name !== '' || i === names.length - 1))).toBe(true)
      if (!hidden) expect(isHidden(file)).toBe(false)
    }), { numRuns: 2000 })
  })
})
