// Writes dist/schema.json and docs/configuration.md from the schema that checks configurations, and the table of errors
// in docs/life-of-a-request.md. With --check it writes nothing and exits 1 when a page is not what it would write.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import { createJiti } from 'jiti'
import * as v from 'valibot'
import { withErrorTable } from './error-table.mjs'
import { referencePage } from './reference-page.mjs'

const root = new URL('../', import.meta.url)
const jiti = createJiti(import.meta.url, { fsCache: false })
const { duration, size } = await jiti.import('../src/config/shape.ts')
const { configSchema } = await jiti.import('../src/config/schema.ts')
const { ERRORS } = await jiti.import('../src/errors.ts')

// A conversion ends where a text is turned into a number, and would lose the descriptions behind that point. The schema
// is only read here, so the two kinds of text that are turned get a pattern and a name in place of their code.
duration.pipe.splice(1, Infinity, v.regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/), v.title('duration'))
size.pipe.splice(1, Infinity, v.regex(/^\d+(\.\d+)?(B|KiB|MiB|GiB)$/), v.title('size'))

const schema = { title: 'fetchgate configuration', ...toJsonSchema(configSchema, { typeMode: 'input', errorMode: 'ignore' }) }
const pages = {
  'docs/configuration.md': () => referencePage(schema),
  'docs/life-of-a-request.md': (text) => withErrorTable(text, ERRORS),
}
const stale = Object.entries(pages).filter(([path, made]) => read(path) !== made(read(path)))

if (process.argv.includes('--check')) {
  for (const [path] of stale) process.stderr.write(`${path} is not up to date; run: node scripts/write-schema.mjs\n`)
  process.exit(stale.length > 0 ? 1 : 0)
}
mkdirSync(new URL('dist/', root), { recursive: true })
writeFileSync(new URL('dist/schema.json', root), `${JSON.stringify(schema, null, 2)}\n`)
for (const [path, made] of stale) writeFileSync(new URL(path, root), made(read(path)))

function read(path) {
  try {
    return readFileSync(new URL(path, root), 'utf8')
  } catch {
    return ''
  }
}
