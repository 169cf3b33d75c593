// The admin API: who gets in, what can be asked, and what several processes come to.
import { describe, expect, test } from 'vitest'
import { type AdminAccess, type AdminCommand, adminOf, type AdminResult, createMetrics, type LogLevel, perform, type Process } from '../../../src/observe/index.js'
import { ENDPOINTS } from '../../../src/admin/endpoints.js'
import { type CheckedConfig, type Config, createGateway, validateConfig } from '../../../src/index.js'
import { text } from '../../support/gateway.js'

const TOKEN = 'a-token-of-operators'
const READ = 'a-token-of-readers'
const CONFIG: Config = { upstreams: { app: { targets: ['http://a.test:1', 'https://b.test'] } }, routes: [{ host: 'shop.test', path: '/*', upstream: 'app', cache: true, headers: { request: { set: { 'X-Key': 's3cret' } } } }] }

function apiOf(access: Partial<AdminAccess> = {}, { processes = 1, reload = () => Promise.resolve([]) }: { processes?: number; reload?: Process['reload'] } = {}) {
  const levels: LogLevel[] = []
  const all = Array.from({ length: processes }, (): Process => {
    const metrics = createMetrics()
    const gateway = metrics.around(createGateway(CONFIG, { transport: { lacks: new Set(), send: (request) => (request.lease?.ended(), Promise.resolve(text('ok'))) }, observe: metrics.observe, meter: metrics.meter }))
    const validation = validateConfig(CONFIG) as { config: CheckedConfig }
    return { gateway, config: () => validation.config, about: { version: '1' }, families: () => metrics.collect(gateway.inspect()), reload, setLogLevel: (level) => void levels.push(level) }
  })
  let isReady = true
  const ask = (command: AdminCommand): Promise<readonly AdminResult[]> => Promise.all(all.map((process) => perform(command, process)))
  const api = adminOf({ ask, ready: () => isReady, version: '1' }, { token: TOKEN, readToken: READ, hosts: ['ops.test'], ...access })
  const call = async (line: string, { token = TOKEN, host = '127.0.0.1:9090', body, fields = {} }: { token?: string | null; host?: string; body?: unknown; fields?: Record<string, string> } = {}) => {
    const [method = '', path = ''] = line.split(' ')
    const headers = { ...(token !== null && { Authorization: `Bearer ${token}` }), ...(body !== undefined && { 'Content-Type': 'application/json' }), ...fields }
    const response = await api(new Request(`http://${host}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }))
    const answer = await response.text()
    return { status: response.status, headers: response.headers, text: answer, json: (): unknown => JSON.parse(answer) }
  }
  return { call, all, levels, stop: () => (isReady = false) }
}

const READS = ENDPOINTS.filter(({ role }) => role === 'reader')
const WRITES = ENDPOINTS.filter(({ role }) => role === 'writer')
const lineOf = ({ method, path }: (typeof ENDPOINTS)[number]): string => `${method} ${path.replace(':name', 'app').replace(':id', 'a.test:1')}`

describe('who gets in', () => {
  test.each(READS.map(lineOf))('%s takes either token and no other', async (line) => {
    const { call } = apiOf()
    const statuses = []
    for (const token of [TOKEN, READ, 'another', null]) statuses.push((await call(line, { token })).status)
    expect(statuses).toEqual([200, 200, 401, 401])
  })

  test.each(WRITES.map(lineOf))('%s takes the token of operators only, and none where none is configured', async (line) => {
    const { call } = apiOf()
    expect((await call(line, { token: READ })).status).toBe(403)
    expect((await call(line, { token: null })).status).toBe(401)
    expect((await call(line, { token: `${TOKEN}x` })).status).toBe(401)
    expect((await call(line)).status).not.toBeOneOf([401, 403])
    const open = apiOf({ token: undefined, readToken: undefined })
    for (const token of [TOKEN, null]) expect((await open.call(line, { token })).status).toBe(403)
  })

  test('without a token everybody may read', async () => {
    const { call } = apiOf({ token: undefined, readToken: undefined })
    for (const endpoint of READS) expect((await call(lineOf(endpoint), { token: null })).status).toBe(200)
  })

  test('names that were not configured are refused, as pages that make a name of their own lead here would ask', async () => {
    const { call } = apiOf({ token: undefined, readToken: undefined })
    const statuses = []
    for (const host of ['evil.test', 'evil.test:9090', 'localhost.evil.test', 'ops.test', 'localhost:9090', '127.0.0.1', '[::1]:9090']) statuses.push((await call('GET /api/upstreams', { host, token: null })).status)
    expect(statuses).toEqual([421, 421, 421, 200, 200, 200, 200])
    expect((await call('GET /healthz', { host: 'evil.test', token: null })).status).toBe(421)
    expect((await call('GET /metrics', { token: null, fields: { Host: 'evil.test' } })).status).toBe(421)
  })

  test('a cookie or a parameter is no token, and no answer may be read by other pages', async () => {
    const { call } = apiOf()
    const answer = await call(`GET /api/upstreams?token=${TOKEN}`, { token: null, fields: { Cookie: `token=${TOKEN}`, Origin: 'https://evil.test' } })
    expect(answer.status).toBe(401)
    expect([...(await call('GET /metrics', { fields: { Origin: 'https://evil.test' } })).headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect((await call('OPTIONS /api/purge', { fields: { Origin: 'https://evil.test' } })).status).toBe(405)
  })
})

describe('health', () => {
  test('is told to anyone; readiness ends when the gateway is about to stop', async () => {
    const { call, stop } = apiOf()
    expect([(await call('GET /healthz', { token: null })).status, (await call('GET /readyz', { token: null })).status]).toEqual([200, 200])
    stop()
    expect([(await call('GET /healthz', { token: null })).status, (await call('GET /readyz', { token: null })).status, (await call('HEAD /readyz', { token: null })).text]).toEqual([200, 503, ''])
  })
})

describe('what can be done', () => {
  const targets = async (call: ReturnType<typeof apiOf>['call']): Promise<Record<string, unknown>[]> => ((await call('GET /api/upstreams')).json() as { upstreams: [{ targets: Record<string, unknown>[] }] }).upstreams[0].targets

  test('a target is drained, made ready and weighed in every process, by its id in percent-encoding', async () => {
    const { call, all } = apiOf({}, { processes: 2 })
    expect((await call(`POST /api/upstreams/app/targets/${encodeURIComponent('https://b.test')}/drain`)).json()).toEqual({ status: 'done', processes: 2 })
    expect((await call('POST /api/upstreams/app/targets/a.test:1/weight', { body: { weight: 5 } })).status).toBe(200)
    for (const { gateway } of all) expect(gateway.inspect().pools.get('app')!.operator!.state().targets).toMatchObject([{ weight: 5 }, { draining: true }])
    expect(await targets(call)).toMatchObject([{ id: 'a.test:1', weight: 5, attempts: 0 }, { id: 'https://b.test', draining: true }])
    await call('POST /api/upstreams/app/targets/https:%2F%2Fb.test/ready')
    await call('POST /api/upstreams/app/targets/a.test:1/weight', { body: { weight: null } })
    expect(await targets(call)).toMatchObject([{ weight: 1 }, { draining: false }])
  })

  test('names that are none, and bodies that are wrong, are told', async () => {
    const { call } = apiOf()
    const status = async (line: string, body?: unknown): Promise<number> => (await call(line, { body })).status
    expect(await status('POST /api/upstreams/none/targets/a.test:1/drain')).toBe(404)
    expect(await status('POST /api/upstreams/app/targets/none/drain')).toBe(404)
    for (const body of [{}, { weight: -1 }, { weight: '1' }, { weight: 1, more: 1 }, null, 'x']) expect(await status('POST /api/upstreams/app/targets/a.test:1/weight', body)).toBe(400)
    for (const body of [{}, { all: false }, { url: 'https://a.test/', tag: 'x' }, { tag: 5 }, { url: 'not a url' }, { all: true, soft: 'yes' }, []]) expect(await status('POST /api/purge', body)).toBe(400)
    expect(await status('PUT /api/log-level', { level: 'loud' })).toBe(400)
    expect((await call('POST /api/purge', { fields: { 'Content-Type': 'text/plain' } })).status).toBe(415)
    expect((await call('POST /api/purge', { body: { tag: 'x'.repeat(70_000) } })).status).toBe(413)
    expect((await call('GET /nothing')).status).toBe(404)
    expect((await call('GET /api/purge')).headers.get('allow')).toBe('POST')
  })

  test.each([{ all: true }, { url: 'https://shop.test/a' }, { prefix: 'https://shop.test/', soft: true }, { tag: 'x', cache: 'default' }])('purges %j', async (body) => {
    expect((await apiOf().call('POST /api/purge', { body })).json()).toEqual({ status: 'done', processes: 1 })
  })

  test('a wrong configuration is refused with its faults, without the values', async () => {
    const { call } = apiOf({}, { reload: () => Promise.resolve([{ path: 'routes[0].upstream', message: 'is none', value: 's3cret' }]) })
    const answer = await call('POST /api/reload')
    expect(answer.status).toBe(422)
    expect(answer.json()).toMatchObject({ issues: [{ path: 'routes[0].upstream', message: 'is none' }] })
    expect(answer.text).not.toContain('s3cret')
    expect((await apiOf().call('POST /api/reload')).status).toBe(200)
  })

  test('the log is told its level', async () => {
    const { call, levels } = apiOf()
    await call('PUT /api/log-level', { body: { level: 'debug' } })
    expect(levels).toEqual(['debug'])
  })

  test('the snapshot has what is in force, and no secret', async () => {
    const answer = await apiOf().call('GET /api/snapshot')
    expect(answer.json()).toMatchObject({ version: '1', routes: [{ host: 'shop.test', path: '/*', upstream: 'app', cache: true }] })
    expect(answer.text).not.toContain('s3cret')
  })
})

test('the description lists every path and method, and nothing else', async () => {
  const { paths } = (await apiOf().call('GET /openapi.json')).json() as { paths: Record<string, Record<string, unknown>> }
  const listed = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  expect(listed.sort()).toEqual(ENDPOINTS.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`).sort())
  const { call } = apiOf()
  for (const endpoint of ENDPOINTS) expect((await call(lineOf(endpoint))).status).not.toBeOneOf([404, 405, 500])
})

describe('settings', () => {
  const faults = (admin: Config['admin']): string[] => {
    const validation = validateConfig({ routes: [], admin })
    return validation.kind === 'valid' ? [] : validation.issues.map(({ message }) => message)
  }

  test.each([[{}], [{ host: 'localhost', token: 'short' }], [{ host: '::1' }], [{ host: '0.0.0.0', token: 'x'.repeat(16) }]])('%j is right', (admin) => {
    expect(faults(admin)).toEqual([])
  })

  test.each([
    [{ host: '0.0.0.0' }, /needs a "token"/], [{ host: '127.0.0.1.evil.test' }, /needs a "token"/], [{ host: '10.0.0.1', token: 'short' }, /too short/],
    [{ readToken: 'x' }, /for a listener with a "token"/], [{ token: 'x', readToken: 'x' }, /must not be/],
  ])('%j is refused', (admin, message) => {
    expect(faults(admin).join()).toMatch(message)
  })
})
