// Runs one test as the suite's own client does: configure the origin through the gateway, ask in order, then compare both sides.
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { checkAnswer, checkOrigin, Failure } from './checks.js'
import type { TestDefinition } from './definitions.js'
import { resolvedValue } from './magic.js'
import type { Seen } from './origin.js'

/** How a test ended, before what it depends on is looked at. */
export type Outcome = { readonly kind: 'success' } | { readonly kind: 'failure' | 'setup'; readonly message: string }

/** An answer as a client sees it. Repeated fields are joined, as `Headers` does. */
export interface Got {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  readonly interim: readonly { readonly status: number; readonly headers: Headers }[]
}

const PAUSE_MS = 3000
const TIMEOUT_MS = 10_000

export async function runTest(test: TestDefinition, port: number): Promise<Outcome> {
  const id = randomUUID()
  const agent = new Agent({ keepAlive: true })
  try {
    const { status } = await ask(agent, port, `/config/${id}`, 'PUT', ['Content-Type', 'application/json'], JSON.stringify(test.requests))
    if (status !== 201) throw new Failure(true, `the origin could not be configured: ${status}`)
    const answers: Got[] = []
    for (const [i, definition] of test.requests.entries()) {
      const got = await send(agent, port, id, test, i, answers[i - 1])
      answers.push(got)
      checkAnswer(definition, i + 1, got, id)
      if (definition.pause_after) await pause(PAUSE_MS)
    }
    const state = await ask(agent, port, `/state/${id}`, 'GET', [])
    checkOrigin(test.requests, answers, JSON.parse(state.body) as Seen[])
    return { kind: 'success' }
  } catch (error) {
    return { kind: error instanceof Failure && !error.isSetup ? 'failure' : 'setup', message: (error as Error).message }
  } finally {
    agent.destroy()
  }
}

function send(agent: Agent, port: number, id: string, test: TestDefinition, index: number, before: Got | undefined): Promise<Got> {
  const definition = test.requests[index]!
  const fields = ['Pragma', 'foo', 'Cache-Control', 'nothing-to-see-here']
  // A condition is relative to the time of the answer before it, where the definition says so.
  const nowMs = definition.magic_ims ? Number(before!.headers.get('server-now')) : Date.now()
  for (const line of definition.request_headers ?? []) fields.push(line[0], resolvedValue(line, definition, nowMs, ''))
  fields.push('Test-Name', test.name.replace(/[^\x20-\x7e]/g, '?'), 'Test-ID', test.id, 'Req-Num', String(index + 1))
  const { filename, query_arg: query } = definition
  const path = `/test/${id}${filename === undefined ? '' : `/${filename}`}${query === undefined ? '' : `?${query}`}`
  return ask(agent, port, path, definition.request_method ?? 'GET', fields, definition.request_body)
}

function ask(agent: Agent, port: number, path: string, method: string, fields: string[], body?: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const interim: { status: number; headers: Headers }[] = []
    const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))]
    const sent = request({ host: '127.0.0.1', port, path, method, agent, headers: ['Host', `127.0.0.1:${port}`, ...fields, ...length] as never, signal: AbortSignal.timeout(TIMEOUT_MS) })
    sent.on('information', ({ statusCode, rawHeaders }) => void interim.push({ status: statusCode, headers: headersOf(rawHeaders) }))
    sent.on('response', (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => void pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode!, headers: headersOf(response.rawHeaders), body: Buffer.concat(pieces).toString(), interim }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function headersOf(rawHeaders: readonly string[]): Headers {
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!)
  return headers
}
