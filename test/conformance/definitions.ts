// The definitions of http-tests/cache-tests as data, and where they are found.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A field line; numbers are times relative to now, and `false` says that the client need not see it. */
export type Line = readonly [name: string, value: string | number, checked?: boolean]

/** One request of a test: what the client sends, what the origin answers, what must be true of both. */
export interface RequestDefinition {
  readonly request_method?: string
  readonly request_headers?: readonly Line[]
  readonly request_body?: string
  readonly query_arg?: string
  readonly filename?: string
  readonly magic_locations?: boolean
  readonly magic_ims?: boolean
  readonly rfc850date?: readonly string[]
  readonly response_status?: readonly [number, string]
  readonly response_headers?: readonly Line[]
  readonly response_body?: string | null
  readonly response_pause?: number
  readonly interim_responses?: readonly (readonly [number, (readonly (readonly [string, string])[])?])[]
  readonly disconnect?: boolean
  readonly pause_after?: boolean
  readonly setup?: boolean
  readonly setup_tests?: readonly string[]
  readonly check_body?: boolean
  readonly expected_type?: 'cached' | 'not_cached' | 'lm_validated' | 'etag_validated'
  readonly expected_method?: string
  readonly expected_status?: number | null
  readonly expected_request_headers?: readonly (string | readonly [string, string])[]
  readonly expected_request_headers_missing?: readonly (string | readonly [string, string])[]
  readonly expected_response_headers?: readonly (string | readonly [string, string | number] | readonly [string, '=' | '>', string | number])[]
  readonly expected_response_headers_missing?: readonly (string | readonly [string, string])[]
  readonly expected_response_text?: string | null
  readonly expected_interim_responses?: readonly (readonly [number, (readonly (readonly [string, string])[])?])[]
}

export interface TestDefinition {
  readonly id: string
  readonly name: string
  readonly kind?: 'required' | 'optimal' | 'check'
  readonly depends_on?: readonly string[]
  readonly browser_only?: boolean
  readonly requests: readonly RequestDefinition[]
}

interface Suite {
  readonly tests: readonly TestDefinition[]
}

/** The file that `npm run export` in github.com/http-tests/cache-tests writes, or a folder that has it as tests-public.json. */
const PATH = process.env['CACHE_TESTS'] ?? fileURLToPath(new URL('../../../shared/cache-tests/', import.meta.url))

/** What to tell somebody who has none. */
export const SOURCE = `set CACHE_TESTS to the output of \`npm run --silent export\` in a clone of github.com/http-tests/cache-tests (${PATH} is not there)`

/** The tests for proxies, or undefined where there are none on this machine. */
export function loadTests(): TestDefinition[] | undefined {
  const file = PATH.endsWith('.json') ? PATH : join(PATH, 'tests-public.json')
  if (!existsSync(file)) return undefined
  const suites = JSON.parse(readFileSync(file, 'utf8')) as Suite[]
  return suites.flatMap(({ tests }) => tests).filter(({ browser_only: browserOnly }) => !browserOnly)
}
