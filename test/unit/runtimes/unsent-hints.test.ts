import { expect, test } from 'vitest'
import { type Config, validateConfig } from '../../../src/index.js'
import { unsentHints } from '../../../runtimes/shared/unsent-hints.js'

const issues = (config: Partial<Config>): string[] => {
  const checked = validateConfig({ upstreams: { app: { targets: ['http://a.internal'] } }, routes: [{ upstream: 'app' }], ...config })
  if (checked.kind === 'invalid') throw new Error(JSON.stringify(checked.issues))
  return unsentHints(checked.config, ({ adapter }) => adapter === 'strict').map(({ path }) => path)
}

test.each<[string, Partial<Config>, string[]]>([
  ['nothing', {}, []],
  ['hints', { earlyHints: true }, ['listen.adapter']],
  ['hints of one route', { routes: [{ path: '/a', upstream: 'app', earlyHints: { learn: false } }, { upstream: 'app' }] }, ['listen.adapter']],
  ['hints that no route wants', { earlyHints: true, routes: [{ upstream: 'app', earlyHints: false }] }, []],
  ['hints on a listener that sends them', { earlyHints: true, listen: { adapter: 'strict' } }, []],
  ['hints on several listeners', { earlyHints: true, listen: [{ port: 1, adapter: 'strict' }, { port: 2 }] }, ['listen[1].adapter']],
])('%s', (_, config, paths) => {
  expect(issues(config)).toEqual(paths)
})
