// What the documents show is true of the code: configurations are right, links lead somewhere, generated parts are made anew.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { describe, expect, test } from 'vitest'
import { formatIssue, validateConfig } from '../../src/index.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const DOCUMENTS = [...markdownIn('.'), ...markdownIn('docs'), ...markdownIn('examples')]
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

describe('configurations that documents show', () => {
  const shown = DOCUMENTS.flatMap((path) => [...textOf(path).matchAll(/```ts\n([^`]*export default defineConfig[^]*?)```/g)].map(([, code], i) => ({ name: `${path}, ${i + 1}`, code: code! })))

  test('there are some', () => {
    expect(shown.length).toBeGreaterThan(1)
  })

  test.each(shown)('$name', async ({ code }) => {
    const jiti = createJiti(import.meta.url, { fsCache: false, alias: { fetchgate: join(ROOT, 'src/index.ts') } })
    const { default: config } = (await jiti.evalModule(code, { filename: join(ROOT, 'shown.ts'), async: true })) as { default: unknown }
    const validation = validateConfig(config)
    expect(validation.kind === 'invalid' ? validation.issues.map(formatIssue) : []).toEqual([])
  })
})

test.each(DOCUMENTS)('%s links to files that are there', (path) => {
  const targets = [...textOf(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target!)
  expect(targets.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([])
})

test('the generated pages are up to date', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/write-schema.mjs'), '--check'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md')).map((name) => join(folder, name))
}
