// Writes dist/schema.json and docs/configuration.md from the schema that checks configurations.
// With --check it writes nothing and exits 1 when docs/configuration.md is not what it would write.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import { createJiti } from 'jiti'
import * as v from 'valibot'
import { referencePage } from './reference-page.mjs'

const root = new URL('../', import.meta.url)
const jiti = createJiti(import.meta.url, { fsCache: false })
const { duration, size } = await jiti.import('../src/config/shape.ts')
const { configSchema } = await jiti.import('../src/config/schema.ts')

// A conversion ends where a text is turned into a number, and would lose the descriptions behind that point. The schema
// is only read here, so the two kinds of text that are turned get a pattern and a name in place of their code.
duration.pipe.splice(1, Infinity, v.regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/), v.title('duration'))
size.pipe.splice(1, Infinity, v.regex(/^\d+(\.\d+)?(B|KiB|MiB|GiB)$/), v.title('size'))

const schema = { title: 'fetchgate configuration', ...toJsonSchema(configSchema, { typeMode: 'input', errorMode: 'ignore' }) }
const page = referencePage(schema)
const pageUrl = new URL('docs/configuration.md', root)

if (process.argv.includes('--check')) {
  if (read(pageUrl) !== page) {
    process.stderr.write('docs/configuration.md is not up to date; run: node scripts/write-schema.mjs\n')
    process.exit(1)
  }
} else {
  mkdirSync(new URL('dist/', root), { recursive: true })
  writeFileSync(new URL('dist/schema.json', root), `${JSON.stringify(schema, null, 2)}\n`)
  if (read(pageUrl) !== page) writeFileSync(pageUrl, page)
}

function read(url) {
  try {
    return readFileSync(url, 'utf8')
  } catch {
    return undefined
  }
}
