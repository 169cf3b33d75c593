// What a request allocates may not grow unnoticed. Sums are the same to the byte on one Node: nothing is optimised, collected or done on another thread.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { ROOT } from '../package/sources.js'

/**
 * Bytes for each request: what was measured on Node 20, and a tenth. More than in service, where optimised code allocates
 * less; what the code asks for grows alike. Raise one only for something that every such request needs, and say so in the commit.
 */
const BUDGET = { 'pass-through': 13_700, 'cache hit': 15_900, refused: 9_200 }
const FLAGS = ['--expose-gc', '--single-threaded', '--no-opt', '--min-semi-space-size=128', '--max-semi-space-size=128']

test.skipIf(!process.version.startsWith('v20.'))('a request allocates no more than its budget (counted on Node 20 alone, since objects differ in size between versions)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fetchgate-allocation-'))
  try {
    const outfile = join(folder, 'gateway.mjs')
    const contents = "export { createGateway } from './src/index.ts'\nexport { BytesPayload } from './src/adapter.ts'"
    await build({ stdin: { contents, resolveDir: ROOT }, bundle: true, outfile, format: 'esm', platform: 'node', target: 'es2022' })
    const { stdout, stderr } = spawnSync(process.execPath, [...FLAGS, join(ROOT, 'test/support/allocation.mjs'), outfile], { encoding: 'utf8', env: {} })
    expect(stderr).toBe('')
    const bytes = JSON.parse(stdout) as Record<keyof typeof BUDGET, number>
    expect(Object.keys(bytes)).toEqual(Object.keys(BUDGET))
    for (const [name, most] of Object.entries(BUDGET)) {
      const taken = bytes[name as keyof typeof BUDGET]
      expect(taken, name).toBeLessThan(most)
      // Less than half would be a collection in between, or a budget that no longer says anything.
      expect(taken, name).toBeGreaterThan(most / 2)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 30_000)
