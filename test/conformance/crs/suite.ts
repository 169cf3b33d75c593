// The regression tests of the OWASP Core Rule Set as data, and where they are found.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One stage of a test: the bytes that are sent, and which rules have to match. */
export interface CrsTest {
  readonly id: string
  readonly wire: string
  readonly expect: {
    readonly expect_ids?: readonly number[]
    readonly no_expect_ids?: readonly number[]
    readonly match_regex?: string
    readonly no_match_regex?: string
    readonly status?: number
  }
}

/** What ModSecurity did with it in blocking, at paranoia level 1. */
export interface Reference {
  readonly id: string
  readonly block_pl1: { readonly status: number; readonly rules: readonly number[] | null }
}

const FOLDER = process.env['CRS_TESTS'] ?? fileURLToPath(new URL('../../../../shared/crs/', import.meta.url))

/** The folder, or undefined where there is none on this machine. */
export const SUITE: string | undefined = existsSync(join(FOLDER, 'tests-public.jsonl')) ? FOLDER : undefined

export const MISSING = `set CRS_TESTS to a folder with tests-public.jsonl and rules/ of github.com/coreruleset/coreruleset (${FOLDER} is not there)`

export function linesOf<T>(folder: string, name: string): T[] {
  return readFileSync(join(folder, name), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as T)
}

/** The rule files in the order the tests want; bytes as characters. */
export function ruleFiles(folder: string): { name: string; text: string }[] {
  const rules = readdirSync(join(folder, 'rules')).filter((name) => /^RE.*\.conf$/.test(name)).sort().map((name) => join('rules', name))
  return ['test-setup.conf', join('rules', 'crs-setup.conf.example'), ...rules].map((name) => ({ name, text: readFileSync(join(folder, name), 'latin1') }))
}

export function dataFile(folder: string, name: string): string | undefined {
  const path = join(folder, 'rules', name)
  return existsSync(path) ? readFileSync(path, 'latin1') : undefined
}
