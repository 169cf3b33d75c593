// What `explain` says: the cache's decisions about one answer, in sentences.
import { cachePolicy, type CacheSettings, explain, type Explanation, fromHeaders } from '../../src/adapter.js'

/** The server could not be asked. */
export class ExplainError extends Error {}

/** How long the server may take. */
const TIMEOUT_MS = 30_000

const NEXT = { serve: 'gets the stored answer', 'serve-and-validate': 'gets the stored answer, while the origin is asked', ask: 'asks the origin whether it still is good' } as const

/** Asks a server and explains the answer. Rejects with an {@link ExplainError} where there is none. */
export async function explainAnswer(method: string, url: string, headers: readonly (readonly [string, string])[], settings: CacheSettings): Promise<string> {
  const requestMs = Date.now()
  let response: Response
  try {
    response = await fetch(url, { method, headers: headers.map(([name, value]) => [name, value] as [string, string]), redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    throw new ExplainError(`${url} gave no answer: ${(error as Error).message}`)
  }
  const responseMs = Date.now()
  const length = response.headers.get('content-length')
  await response.body?.cancel()
  const pair = { method, requestFields: headers.flat(), status: response.status, fields: fromHeaders(response.headers), bytes: length === null ? undefined : Number(length), times: { requestMs, responseMs } }
  return `${method} ${url}: ${response.status}\n${linesOf(explain(pair, cachePolicy(settings), responseMs)).map((line) => `  ${line}\n`).join('')}`
}

function linesOf(explanation: Explanation): string[] {
  if (explanation.kind === 'passed') return [`not stored (${explanation.reason}): ${explanation.meaning}`]
  const { lifetime, ttlSeconds, next, validators, variesBy, ifUnreachableSeconds, ifErrorSeconds, tags, groups } = explanation
  const named = (what: string, names: readonly string[]): string[] => (names.length === 0 ? [] : [`${what}: ${names.join(', ')}`])
  return [
    `stored: fresh for ${seconds(lifetime.seconds)}${lifetime.source === 'none' ? '' : ` (${lifetime.source})`}, of which ${seconds(Math.max(0, ttlSeconds))} are left`,
    `the same request ${NEXT[next]}`,
    `stands in for an origin that cannot be reached: ${ifUnreachableSeconds === 0 ? 'never' : `for ${seconds(ifUnreachableSeconds)} more`}; that gives errors: ${ifErrorSeconds === 0 ? 'never' : `for ${seconds(ifErrorSeconds)} more`}`,
    ...named('can be validated by', validators),
    ...named('one for each value of', variesBy),
    ...named('tags', tags),
    ...named('groups', groups),
  ]
}

function seconds(count: number): string {
  return `${Math.round(count)} s`
}
