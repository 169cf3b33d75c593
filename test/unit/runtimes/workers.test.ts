import { expect, test } from 'vitest'
import type { Config } from '../../../src/index.js'
import { start } from '../../../runtimes/workers/index.js'

test('what would have to run between requests is refused at start, each with what to write instead', () => {
  const upstreams: NonNullable<Config['upstreams']> = {
    checked: { targets: ['http://a'], health: { path: '/up' }, outlier: { consecutiveFailures: 2, deviation: 1.9 } },
    found: { discover: { dns: 'b.example' } },
    passive: { targets: ['http://a'], outlier: { consecutiveFailures: 2, failurePercent: 50 }, slowStart: '20s' },
  }
  expect(() => start({ upstreams, routes: [] })).toThrow(`the configuration has 3 faults
  upstreams.checked.health: this platform does nothing between requests, so nothing can be checked; leave it out: "outlier" finds failing targets by their answers
  upstreams.checked.outlier.deviation: this platform does nothing between requests, so targets are not compared; write "failurePercent"
  upstreams.found.discover: this platform does nothing between requests, so no list is looked up; write "targets"`)
})
