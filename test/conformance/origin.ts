// The origin that the tests are told to: it is configured through the gateway, answers as configured, and tells what reached it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { RequestDefinition } from './definitions.js'
import { resolvedValue } from './magic.js'

/** What the origin saw of one request, and what a client must have got of its answer. */
export interface Seen {
  readonly number: number
  readonly method: string
  readonly headers: Record<string, string>
  readonly checked: readonly (readonly [string, string])[]
}

const BODILESS = new Set([204, 304])

/** Starts the origin; `close` ends it. */
export async function startOrigin(): Promise<{ readonly port: number; close(): void }> {
  const configured = new Map<string, RequestDefinition[]>()
  const seen = new Map<string, Seen[]>()
  const server = createServer((request, response) => {
    const [, what, id = ''] = new URL(request.url!, 'http://origin').pathname.split('/')
    if (what === 'config') void configure(request, response, id, configured)
    else if (what === 'state') response.end(JSON.stringify(seen.get(id) ?? []))
    else void answer(request, response, id, configured.get(id), seen)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function configure(request: IncomingMessage, response: ServerResponse, id: string, configured: Map<string, RequestDefinition[]>): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  configured.set(id, JSON.parse(Buffer.concat(pieces).toString()) as RequestDefinition[])
  response.writeHead(request.method === 'PUT' ? 201 : 405).end('OK')
}

async function answer(request: IncomingMessage, response: ServerResponse, id: string, tests: RequestDefinition[] | undefined, states: Map<string, Seen[]>): Promise<void> {
  const number = Number(request.headers['req-num'])
  const test = tests?.[number - 1]
  if (!test) return void response.writeHead(409).end('no such test')
  if (test.response_pause) await pause(test.response_pause * 1000)
  const seen = states.get(id) ?? []
  states.set(id, seen)

  for (const [status, headers = []] of test.interim_responses ?? []) {
    if (status === 102) response.writeProcessing()
    else response.writeEarlyHints(Object.fromEntries(headers))
  }
  const [status, reason] = statusOf(test, tests[number - 2], request)
  response.statusCode = status
  response.statusMessage = reason
  const nowMs = Date.now()
  response.setHeader('Server-Base-Url', request.url!)
  response.setHeader('Server-Request-Count', String(seen.length + 1))
  response.setHeader('Server-Now', String(nowMs))
  const checked = new Map<string, string>()
  for (const line of test.response_headers ?? []) {
    const [name, , isChecked = true] = line
    const value = resolvedValue(line, test, nowMs, request.url!)
    response.appendHeader(name, value)
    if (isChecked) checked.set(name, [response.getHeader(name)!].flat().join(', '))
  }
  if (!response.hasHeader('content-type')) response.setHeader('Content-Type', 'text/plain')
  seen.push({ number, method: request.method!, headers: request.headers as Record<string, string>, checked: [...checked] })
  response.setHeader('Request-Numbers', seen.map((one) => one.number).join(' '))

  if (test.disconnect) response.socket!.destroy()
  else if (BODILESS.has(status)) response.end()
  else response.end(test.response_body ?? id)
}

/** 304 where a validation is due and the validator is the one that was given out; 999 where it is not. */
function statusOf(test: RequestDefinition, before: RequestDefinition | undefined, { headers }: IncomingMessage): readonly [number, string] {
  if (!test.expected_type?.endsWith('validated')) return test.response_status ?? [200, 'OK']
  const given = (name: string): string | undefined => before?.response_headers?.findLast(([key]) => key.toLowerCase() === name)?.[1] as string | undefined
  const modified = given('last-modified')
  const etag = given('etag')
  if ((modified !== undefined && headers['if-modified-since'] === modified) || (etag !== undefined && headers['if-none-match'] === etag)) return [304, 'Not Modified']
  return [999, '304 Not Generated']
}
