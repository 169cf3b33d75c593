// The admin listener of a real process on each runtime: metrics as scrapers read them, what operators change, readiness at the end, and metrics that are sent.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import { readExposition, type Sample, valueOf } from '../support/exposition.js'
import { ask, head } from '../support/raw-client.js'
import { CLI, type GatewayProcess, listening, removingAfter, RUNTIMES } from '../support/runtimes.js'

const TOKEN = 'open-sesame-open-sesame'

const origin = createServer((_, response) => response.end('ok'))
const collected: { path: string; authorization: string | undefined; body: unknown }[] = []
const collector = createServer((request: IncomingMessage, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (piece: string) => (body += piece)).on('end', () => {
    collected.push({ path: request.url!, authorization: request.headers.authorization, body: JSON.parse(body) })
    response.end('{}')
  })
})
const portOf = (server: typeof origin): number => (server.address() as AddressInfo).port

beforeAll(() => Promise.all([origin, collector].map((server) => once(server.listen(0, '127.0.0.1'), 'listening'))))
afterAll(() => [origin, collector].forEach((server) => server.close()))

interface Operated extends GatewayProcess {
  readonly file: string
  admin(line: string, options?: { body?: unknown; accept?: string; token?: string | null }): Promise<Response>
  samples(form?: 'prometheus' | 'openmetrics'): Promise<Sample[]>
}

async function operated(runtime: keyof typeof RUNTIMES, more: Partial<Config> = {}, ...args: string[]): Promise<Operated> {
  const folder = await mkdtemp(join(tmpdir(), 'fetchgate-observe-'))
  const file = join(folder, 'fetchgate.config.json')
  await writeFile(file, JSON.stringify(configOf(more)))
  const [command, ...flags] = RUNTIMES[runtime]
  const child = spawn(command, [...flags, CLI, 'serve', '--config', file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const started = removingAfter(await listening(child, /^ {2}https?:\/\/127\.0\.0\.1:(\d+)\b.*\n[^]*routes?\n/m), folder)
  const base = /admin on (\S+)/.exec(started.output())![1]!
  const admin: Operated['admin'] = (line, { body, accept = '*/*', token = TOKEN } = {}) => {
    const [method = '', path = ''] = line.split(' ')
    return fetch(base + path, { method, headers: { Accept: accept, ...(token !== null && { Authorization: `Bearer ${token}` }), ...(body !== undefined && { 'Content-Type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  }
  const samples: Operated['samples'] = async (form = 'prometheus') => readExposition(await (await admin('GET /metrics', { accept: form === 'openmetrics' ? 'application/openmetrics-text' : 'text/plain' })).text(), form)
  return { ...started, file, admin, samples }
}

function configOf(more: Partial<Config>): Config {
  return {
    listen: { host: '127.0.0.1', port: 0 }, admin: { port: 0, token: TOKEN },
    upstreams: { app: { targets: [`http://127.0.0.1:${portOf(origin)}`] } },
    filters: [{ deny: { path: ['/private'] } }], routes: [{ path: '/*', upstream: 'app' }], drain: { timeout: '2s' }, ...more,
  }
}

describe.each(['node', 'bun', 'deno'] as const)('%s', (runtime) => {
  test('tells what happened, lets operators drain and reload, and is not ready while it stops', async () => {
    const gateway = await operated(runtime, { metrics: { otlp: { url: `http://127.0.0.1:${portOf(collector)}`, headers: { Authorization: runtime }, interval: '50ms' } } })
    const target = `/api/upstreams/app/targets/127.0.0.1:${portOf(origin)}`
    for (const path of ['/a', '/b', '/private']) await ask(gateway.port, head(`GET ${path}`))
    for (const form of ['prometheus', 'openmetrics'] as const) {
      const samples = await gateway.samples(form)
      expect(valueOf(samples, 'http_server_request_duration_seconds_count', { http_route: '/*', http_response_status_code: '200' })).toBe(2)
      expect(valueOf(samples, 'fetchgate_filter_ends_total', { fetchgate_filter: 'deny' })).toBe(1)
      expect(valueOf(samples, 'http_client_request_duration_seconds_count', { fetchgate_upstream: 'app' })).toBe(2)
      for (const name of ['process_memory_usage_bytes', 'process_cpu_time_seconds_total', 'process_uptime_seconds', 'process_open_file_descriptor_count']) expect(valueOf(samples, name)).toBeGreaterThan(0)
    }
    expect([(await gateway.admin('GET /metrics', { token: null })).status, (await gateway.admin('GET /healthz', { token: null })).status, (await gateway.admin('GET /readyz', { token: null })).status]).toEqual([401, 200, 200])

    expect((await gateway.admin(`POST ${target}/drain`)).status).toBe(200)
    expect((await ask(gateway.port, head('GET /a'))).status).toBe(503)
    expect((await gateway.admin(`POST ${target}/ready`)).status).toBe(200)
    expect((await gateway.admin(`POST ${target}/weight`, { body: { weight: 2 } })).status).toBe(200)
    expect(await (await gateway.admin('GET /api/upstreams')).json()).toMatchObject({ processes: 1, upstreams: [{ targets: [{ draining: false, weight: 2, attempts: 2 }] }] })
    expect((await gateway.admin('POST /api/purge', { body: { all: true } })).status).toBe(200)

    await writeFile(gateway.file, JSON.stringify(configOf({ routes: [{ path: '/*', upstream: 'nobody' }] })))
    const refused = await gateway.admin('POST /api/reload')
    expect([refused.status, await refused.json()]).toMatchObject([422, { issues: [{ path: 'routes[0].upstream' }] }])
    expect((await ask(gateway.port, head('GET /a'))).status).toBe(200)
    await writeFile(gateway.file, JSON.stringify(configOf({ routes: [{ path: '/*', respond: { status: 299 } }] })))
    expect((await gateway.admin('POST /api/reload')).status).toBe(200)
    expect((await ask(gateway.port, head('GET /a'))).status).toBe(299)
    const after = await gateway.samples()
    expect(['success', 'failure'].map((result) => valueOf(after, 'fetchgate_config_reloads_total', { result }))).toEqual([1, 1])
    expect((await gateway.admin('PUT /api/log-level', { body: { level: 'debug' } })).status).toBe(200)
    await ask(gateway.port, head('GET /seen?token=s3cret'))
    while (!gateway.output().includes('299 GET public.example/seen?token=redacted')) await once(gateway.process.stderr!, 'data')

    while (!collected.some(({ authorization, body }) => authorization === runtime && JSON.stringify(body).includes('"http.client.request.duration"'))) await once(collector, 'request')
    expect(new Set(collected.map(({ path }) => path))).toEqual(new Set(['/v1/metrics']))

    // A connection that is open has the gateway wait for a second.
    const lingering = fetch(`http://127.0.0.1:${gateway.port}/a`)
    await (await lingering).text()
    const stopped = gateway.stop()
    let ready = await gateway.admin('GET /readyz', { token: null })
    while (ready.status === 200) ready = await gateway.admin('GET /readyz', { token: null })
    expect([ready.status, (await gateway.admin('GET /healthz', { token: null })).status]).toEqual([503, 200])
    expect(await stopped).toBe(0)
  })

  test('with several workers, tells and does what all of them do, on one port', async () => {
    const gateway = await operated(runtime, {}, '--workers', '2')
    for (let i = 0; i < 30; i++) await ask(gateway.port, head('GET /a'))
    for (let i = 0; i < 4; i++) expect(valueOf(await gateway.samples(), 'http_server_request_duration_seconds_count')).toBe(30)
    expect(await (await gateway.admin(`POST /api/upstreams/app/targets/127.0.0.1:${portOf(origin)}/drain`)).json()).toEqual({ status: 'done', processes: 2 })
    for (let i = 0; i < 6; i++) expect((await ask(gateway.port, head('GET /a'))).status).toBe(503)
    expect(await (await gateway.admin('GET /api/upstreams')).json()).toMatchObject({ processes: 2, upstreams: [{ targets: [{ draining: true, attempts: 30 }] }] })
    expect(await gateway.stop()).toBe(0)
  })
})

test('a listener for others than this machine is refused without a token', async () => {
  await expect(operated('node', { admin: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(/admin: "host" is "0\.0\.0\.0", which others can reach: it needs a "token"/)
})
