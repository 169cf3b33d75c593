// Tables of docs/benchmarks.md: printed, and put in their places there with --write.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './contestants.mjs'

const PAGE = join(root, 'docs/benchmarks.md')

/** The option of every benchmark that puts its table into the page. */
export const WRITE = { type: 'boolean', default: false }

/** A table of Markdown. */
export function tableOf(heads, rows) {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`.replace(/^\| {2}\|/, '| |')).join('\n')
}

/** Prints a table. With `write` it takes the place of the one that follows `<!-- table: NAME -->` in the page. */
export function show(name, table, write) {
  console.log(`\n${table}`)
  if (!write) return
  const text = readFileSync(PAGE, 'utf8')
  const place = new RegExp(`(<!-- table: ${name} -->\n)(?:\\|.*\n)*`)
  if (!place.test(text)) throw new Error(`docs/benchmarks.md has no place for the table ${name}`)
  writeFileSync(PAGE, text.replace(place, (_, mark) => `${mark}${table}\n`))
}
