import fc from 'fast-check'
import { expect, test } from 'vitest'
import { globMatcher } from '../../../src/filter/access/path-glob.js'

/** `*` takes any run of characters, tried one by one. */
function naive(glob: string, path: string): boolean {
  if (glob === '') return path === ''
  if (glob[0] === '*') return naive(glob.slice(1), path) || (path !== '' && naive(glob, path.slice(1)))
  return glob[0] === path[0] && naive(glob.slice(1), path.slice(1))
}

test.each([
  ['/admin', '/admin', true],
  ['/admin', '/admin/', false],
  ['/admin', '/ADMIN', false],
  ['/admin/*', '/admin/', true],
  ['/admin/*', '/admin/a/b', true],
  ['/admin/*', '/admin', true],
  ['/admin/*', '/administrator', false],
  ['/admin*', '/administrator', true],
  ['/*.php', '/a/b.php', true],
  ['/*.php', '/a/b.php/c', false],
  ['/*/edit/*', '/a/b/edit/c', true],
  ['/*/edit/*', '/edit/c', false],
  ['/a*a', '/a', false],
  ['/a*a', '/aa', true],
  ['/a*bc*c', '/abc', false],
  ['/a*bc*c', '/abcc', true],
  ['/*', '/', true],
  ['/a.c', '/abc', false],
  ['/[ab]', '/a', false],
])('%s takes %s: %s', (glob, path, takes) => {
  expect(globMatcher(glob)(path)).toBe(takes)
})

test('it agrees with the plainest reading of a glob', () => {
  const text = (units: readonly string[], maxLength: number): fc.Arbitrary<string> => fc.array(fc.constantFrom(...units), { maxLength }).map((parts) => `/${parts.join('')}`)
  fc.assert(
    fc.property(text(['a', 'b', '/', '*', '.'], 8), text(['a', 'b', '/', '.'], 10), (glob, path) => {
      // A closed area takes its own name too.
      const isArea = glob.split('*').length === 2 && glob.endsWith('/*') && path === glob.slice(0, -2)
      expect(globMatcher(glob)(path)).toBe(naive(glob, path) || isArea)
    }),
    { numRuns: 2000 },
  )
})

test('many stars do not make a long path slow', () => {
  const matches = globMatcher(`/${'*a'.repeat(30)}*b`)
  const started = performance.now()
  expect(matches(`/${'a'.repeat(50_000)}`)).toBe(false)
  // Backtracking would take longer than the universe has; the bound is generous for slow machines.
  expect(performance.now() - started).toBeLessThan(1000)
})
