// The regression tests of the OWASP Core Rule Set in the engine, on every runtime. What fails is known by name, with its reason.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RUNTIMES } from '../support/runtimes.js'
import type { Result } from './crs/evaluate-all.js'
import { MISSING, SUITE } from './crs/suite.js'

const known = (JSON.parse(readFileSync(new URL('crs/expectations.json', import.meta.url), 'utf8')) as Record<string, Record<string, string>>)['in process']!

if (!SUITE) process.stderr.write(`no tests of the Core Rule Set: ${MISSING}\n`)

describe.skipIf(!SUITE)('the Core Rule Set', () => {
  let folder: string
  let script: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fetchgate-crs-'))
    script = join(folder, 'main.mjs')
    await build({ entryPoints: [fileURLToPath(new URL('crs/main.ts', import.meta.url))], bundle: true, format: 'esm', platform: 'node', target: 'node20', outfile: script })
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.each(['node', 'bun', 'deno'] as const)('in one process of %s', { timeout: 180_000 }, async (runtime) => {
    const [command, ...args] = RUNTIMES[runtime]
    const { stdout } = await promisify(execFile)(command, [...args, script, SUITE!], { maxBuffer: 64 * 1024 ** 2 })
    const { tests, failures, wanted, unwanted, decisions, otherwise } = JSON.parse(stdout) as Result
    process.stdout.write(`Core Rule Set on ${runtime}: ${tests - Object.keys(failures).length} of ${tests}; a rule must match: ${wanted.passed}/${wanted.of}, none may: ${unwanted.passed}/${unwanted.of}; decided as by ModSecurity: ${decisions.passed}/${decisions.of}, otherwise: ${otherwise.join(' ')}\n`)
    expect(Object.keys(failures).sort()).toEqual(Object.keys(known).sort())
    expect(decisions.passed / decisions.of).toBeGreaterThan(0.99)
  })
})
