// What a gateway was opened without cannot be configured.
import { expect, test } from 'vitest'
import { pool } from '../../../src/balance/index.js'
import { caches } from '../../../src/cache/index.js'
import { type CheckedConfig, content, files, hedging, MINIMUM, mirror, openGateway, split } from '../../../src/core.js'
import type { Config } from '../../../src/index.js'
import { validateConfig } from '../../../src/config/validate.js'

const checked = (config: Config): CheckedConfig => {
  const validation = validateConfig(config)
  if (validation.kind === 'invalid') throw new Error(JSON.stringify(validation.issues))
  return validation.config
}

test.each<[string, Partial<Config['routes'][number]>, Partial<NonNullable<Config['upstreams']>[string]>]>([
  ['upstreams.app.hedge', {}, { hedge: { after: '50ms' } }],
  ['upstreams.app.health', {}, { health: {} }],
  ['upstreams.app.balance', {}, { balance: 'random' }],
  ['routes[0].cache', { cache: true }, {}],
  ['routes[0].compress', { compress: true }, {}],
  ['routes[0].etag', { etag: { maxSize: '1KiB' } }, {}],
  ['routes[0].esi', { esi: true }, {}],
  ['routes[0].earlyHints', { earlyHints: true }, {}],
  ['routes[0].files', { files: '/srv/public' }, {}],
  ['routes[0].mirror', { mirror: { upstream: 'app' } }, {}],
  ['routes[0].upstream', { upstream: [{ name: 'app', weight: 1 }] }, {}],
])('the smallest gateway refuses %s, and takes it with its part', (path, route, upstream) => {
  const config = checked({ upstreams: { app: { targets: ['http://a'], ...upstream } }, routes: [{ upstream: 'app', ...route }] })
  expect(() => openGateway(config)).toThrow(`${path}: is no part of this bundle; use createGateway, or give the part to openGateway`)
  expect(() => openGateway(config, { openFolder: () => ({ open: () => Promise.resolve(undefined) }) }, { ...MINIMUM, pool, caches, files, mirror, split, hedging, content })).not.toThrow()
})
