// What docs/acceptance.md says is shown is shown: the tests that it names exist, and run where it says.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../package/sources.js'

const page = readFileSync(join(ROOT, 'docs/acceptance.md'), 'utf8')

/** Where the contracts run, by the names of docs/runtimes.md. */
const RUNTIMES = { 'node-lowest': 'Node 20', 'node-newest': 'Node 26', bun: 'Bun', 'bun-strict': 'Bun strict', deno: 'Deno', 'deno-strict': 'Deno strict', workerd: 'Workers' }

interface Row {
  readonly complaint: string
  readonly tests: readonly (readonly [file: string, title: string])[]
  /** Runtimes where a test of the row is left out. */
  readonly notOn: readonly string[]
}

const rows: Row[] = page.split('\n').filter((line) => line.startsWith('| ') && line.includes('](../test/')).map((line) => {
  const [complaint = '', , shown = '', notOn = ''] = line.slice(2, -2).split(' | ')
  const tests = [...shown.matchAll(/\]\(\.\.\/(test\/[^)]+)\)((?:,? "[^"]+")+)/g)].flatMap(([, file, titles]) => [...titles!.matchAll(/"([^"]+)"/g)].map(([, title]) => [file!, title!] as const))
  return { complaint, tests, notOn: notOn === '–' ? [] : notOn.split('; ').flatMap((reason) => reason.split(': ', 1)[0]!.split(', ')) }
})

/** The titles of a file's tests: what is called as one, and the keys that cases have in tables of them. */
function titlesIn(source: string): Set<string> {
  const literal = String.raw`'((?:\\.|[^'\\\n])+)'`
  const found = [...source.matchAll(new RegExp(`(?:\\b(?:test|add)|\\)|>)\\(${literal},|(?:^ +|\\{ )${literal}: `, 'gm'))]
  return new Set(found.map(([, called, keyed]) => (called ?? keyed)!.replaceAll("\\'", "'")))
}

/** What each runtime runs: titles that are skipped, by the name of the contract. */
const skipsOf = new Map(
  Object.entries(RUNTIMES).map(([file, name]) => {
    const source = readFileSync(join(ROOT, `test/runtimes/${file}.test.ts`), 'utf8')
    const contracts = new Map([...source.matchAll(/import \{ (\w+) \} from '\.\.\/contract\/([\w-]+)\.js'/g)].map(([, call, contract]) => [call!, contract!]))
    const calls = source.split(/^(?=\w+Contract\()/m).slice(1)
    return [name, new Map(calls.map((call) => [`test/contract/${contracts.get(call.split('(', 1)[0]!)}.ts`, titlesIn(call)]))]
  }),
)

test('there are rows, each with tests', () => {
  expect(rows.length).toBeGreaterThan(35)
  expect(rows.filter(({ tests }) => tests.length === 0)).toEqual([])
})

describe.each(rows.map((row) => [row.complaint.split(': [', 1)[0], row] as const))('%s', (_, { tests, notOn }) => {
  test('names tests that there are', () => {
    const missing = tests.filter(([file, title]) => !existsSync(join(ROOT, file)) || !titlesIn(readFileSync(join(ROOT, file), 'utf8')).has(title))
    expect(missing).toEqual([])
  })

  test('names the runtimes that leave one out', () => {
    const contracts = tests.filter(([file]) => file.startsWith('test/contract/'))
    const leavingOut = [...skipsOf].filter(([, skips]) => contracts.some(([file, title]) => skips.get(file)?.has(title) ?? true)).map(([name]) => name)
    expect([...notOn].sort()).toEqual(leavingOut.sort())
  })
})

test('every thread has its address', () => {
  const [body = ''] = page.split(/^\[[^\]]+\]: /m, 1)
  const named = new Set([...body.matchAll(/\[([^\]]+)\](?!\()/g)].map(([, name]) => name))
  const addressed = [...page.matchAll(/^\[([^\]]+)\]: https:\/\/github\.com\/\S+$/gm)].map(([, name]) => name)
  expect([...named].sort()).toEqual([...addressed].sort())
})
