// One configuration, every runtime: the same requests get the same answers, and the origin sees the same requests.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import { ask, head, type RawAnswer } from '../support/raw-client.js'
import { answerText, type RawOrigin, startRawOrigin } from '../support/raw-origin.js'
import { type GatewayProcess, serveOn } from '../support/runtimes.js'
import { serveOnWorkerd } from '../support/workerd.js'

const configFor = (target: string): Config => ({
  upstreams: { app: { targets: [target] } },
  filters: [{ deny: { path: ['/private/*'] } }, { deny: { method: ['TRACE'] } }],
  routes: [
    { path: '/old/*', redirect: { to: '/new' } },
    { path: '/hello', respond: { status: 201, headers: { 'X-Said': 'hello' }, body: 'hello' } },
    { host: 'api.example', path: '/v1/*', upstream: 'app', stripPrefix: '/v1', headers: { request: { set: { 'X-Api': '1' } }, response: { set: { 'X-Gate': 'yes' }, remove: ['X-Inner'] } } },
    { path: '/kept/*', upstream: 'app', cache: true },
    { path: '/*', methods: ['GET', 'POST'], upstream: 'app' },
  ],
})

const REQUESTS: readonly (readonly [string, string, string?])[] = [
  ['a plain request', head('GET /plain?a=1&a=2')],
  ['a redirect of the route', head('GET /old/x?y=1')],
  ['a fixed answer', head('GET /hello')],
  ['a fixed answer to HEAD', head('HEAD /hello'), 'HEAD'],
  ['a route by host, rewritten both ways', head('GET /v1/users/7?full', 'Host: api.example')],
  ['a denied path', head('GET /private/key')],
  ['a denied path as a page for a browser', head('GET /private/key', 'Accept: text/html')],
  ['a method without a route', head('DELETE /plain'), 'DELETE'],
  ['a malformed escape', head('GET /%zz')],
  ['an upload', `${head('POST /plain', 'Content-Type: text/plain', 'Content-Length: 5')}hello`, 'POST'],
  ['a miss', head('GET /kept/a')],
  ['a hit', head('GET /kept/a')],
  ['a hit that the client has already', head('GET /kept/a', 'If-None-Match: "kept"')],
]

/** What must be equal: everything but ids, dates and the fields of the connection. */
function comparable(answer: RawAnswer, port: number): unknown {
  const own = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'x-request-id', 'vary'])
  const fields = answer.fields.map(([name, value]) => [name.toLowerCase(), value.replace(/ttl=\d+/, 'ttl=…').replaceAll(String(port), 'PORT')] as const).filter(([name]) => !own.has(name))
  return {
    status: answer.status,
    fields: fields.sort(([a], [b]) => a.localeCompare(b)),
    body: answer.body.toString().replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID').replaceAll(String(port), 'PORT'),
  }
}

describe('one configuration on every runtime', () => {
  let origin: RawOrigin
  const gateways = new Map<string, GatewayProcess>()

  beforeAll(async () => {
    origin = await startRawOrigin(async (request) => {
      // What each runtime's client cannot leave out stands in docs/runtimes.md and is the adapter contract's to hold.
      const seen = request.fields.filter(([name]) => !/^(host|connection|x-request-id|accept|accept-encoding|accept-language|user-agent|content-length|transfer-encoding)$/i.test(name))
      const fields = ['Cache-Control: max-age=60', 'ETag: "kept"', 'X-Inner: secret', 'Server: inner', `Location: ${origin.url}/there`]
      const body = JSON.stringify({ method: request.method, target: request.target, body: (await request.body()).toString(), fields: seen.map(([name, value]) => [name.toLowerCase(), value]).sort() })
      request.socket.write(answerText('200 OK', fields, body))
    })
    const config = configFor(origin.url)
    gateways.set('node', await serveOn('node', config))
    gateways.set('bun', await serveOn('bun', config))
    gateways.set('bun strict', await serveOn('bun', { ...config, listen: { adapter: 'strict' } }))
    gateways.set('deno', await serveOn('deno', config))
    gateways.set('deno strict', await serveOn('deno', { ...config, listen: { adapter: 'strict' } }))
    gateways.set('workerd', await serveOnWorkerd(config))
  })

  afterAll(async () => {
    await Promise.all([...gateways.values()].map((gateway) => gateway.stop()))
    await origin.close()
  })

  for (const [title, request, method] of REQUESTS) {
    test(title, async () => {
      const answers: Record<string, unknown> = {}
      for (const [name, gateway] of gateways) answers[name] = comparable(await ask(gateway.port, request, method), gateway.port)
      for (const name of gateways.keys()) expect([name, answers[name]]).toEqual([name, answers['node']])
    })
  }
})
