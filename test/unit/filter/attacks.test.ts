// Attacks on filters through a whole gateway, each on an origin or a memory that would fall for it.
import { describe, expect, test } from 'vitest'
import type { Clock, Config, OutboundRequest } from '../../../src/index.js'
import { middleware } from '../../../src/filter/middleware.js'
import { fieldValue } from '../../../src/http/fields.js'
import { text, type Told, worldOf } from '../../support/gateway.js'

const isService = ({ server }: OutboundRequest): boolean => server.authority === 'auth.internal'

/** A clock that waits until nobody does any more. */
const patient: Clock = { nowMs: () => 1_000_000, sleep: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())) }

/** An origin that greets whom `X-User` names, in any spelling, behind a service that names the bearer of each cookie. */
function greeting(forwardAuth: object, config: Partial<Config>, caching: string) {
  return worldOf({ filters: [{ forwardAuth: { url: 'http://auth.internal/', copyHeaders: ['X-User'], ...forwardAuth } }], ...config }, (request) => {
    const { fields } = request
    const user = fieldValue(fields, 'cookie')?.slice('user='.length)
    if (isService(request)) return text('', user === undefined ? [] : ['X-User', user])
    const at = fields.findIndex((name, i) => i % 2 === 0 && /^x[-_]user$/i.test(name))
    return text(at < 0 ? 'hello nobody' : `hello ${fields[at + 1]!}`, ['Cache-Control', caching])
  }, { clock: patient })
}

test('a twin of a header that the service did not send is not brought back by a route that keeps odd names', async () => {
  const { ask } = greeting({}, { routes: [{ upstream: 'app', normalization: { oddHeaders: 'keep' } }] }, 'no-store')
  expect((await ask('GET', '/', { fields: ['X_User', 'root'] })).text).toBe('hello nobody')
})

describe('what a service told of one client', () => {
  test.each([{}, { cache: { ttl: '1m' } }])('is not in the answer to another, though nobody is named: %j', async (settings) => {
    const { ask, events } = greeting(settings, { routes: [{ upstream: 'app', cache: {} }] }, 'max-age=60')
    const answers: string[] = []
    for (const user of ['ann', 'bob', 'ann']) answers.push((await ask('GET', '/', { fields: ['Cookie', `user=${user}`] })).text)
    expect(answers).toEqual(['hello ann', 'hello bob', 'hello ann'])
    expect(events.filter(({ kind }) => kind === 'request')).toMatchObject(answers.map(() => ({ user: '', cache: expect.stringContaining('authorization') as string })))
  })
})

test('a cookie of one client does not go out in an answer that a shared cache in front may keep', async () => {
  const caching = ['Cache-Control', 'public, max-age=60', 'CDN-Cache-Control', 'max-age=600', 'Surrogate-Control', 'max-age=600']
  const answer = (cookie: string[], fields: string[]) => worldOf({ filters: [{ forwardAuth: { url: 'http://auth.internal/' } }] }, (request) => text('', isService(request) ? cookie : fields), { clock: patient }).ask('GET', '/')
  const kept = ({ fields }: Told) => fields.flatMap((name, i) => (i % 2 === 0 && /cache-control|surrogate/i.test(name) ? [fields[i + 1]] : []))
  expect(kept(await answer(['Set-Cookie', 'session=ann'], caching))).toEqual(['public, max-age=60', 'private'])
  expect(kept(await answer(['Set-Cookie', 'session=ann'], ['Cache-Control', 'private="x-user", max-age=60']))).toEqual(['private="x-user", max-age=60', 'private'])
  expect(kept(await answer(['Set-Cookie', 'session=ann'], ['Cache-Control', 'no-store']))).toEqual(['no-store'])
  expect(kept(await answer([], caching))).toEqual(['public, max-age=60', 'max-age=600', 'max-age=600'])
})

// A pass costs some work, but its size is the client's choice: that of its User-Agent.
test('passes of long user agents do not fill the memory: the oldest are verified again', async () => {
  let signed = 0
  const { ask } = worldOf({ filters: [{ challenge: { secret: 'a secret of 32 characters or more' } }] }, undefined, { sign: () => Promise.resolve('A'.repeat(++signed && 43)) })
  const visit = (agent: string) => ask('GET', '/', { fields: ['User-Agent', agent, 'Cookie', `fetchgate-pass=${(2000).toString(36)}.${'A'.repeat(43)}`] })
  for (let i = 0; i < 2; i++) expect((await visit('first')).status).toBe(200)
  expect(signed).toBe(1)
  for (let i = 0; i < 300; i++) await visit(`${i} ${'x'.repeat(16_000)}`)
  await visit('first')
  expect(signed).toBe(302)
})

// Tomcat and its like serve all of these as /login.
test('a limit by path is not got round by other spellings of it', async () => {
  const { ask } = worldOf({ filters: [{ rateLimit: { limit: 1, window: '1m', by: ['client-ip', 'path'] } }] })
  const statuses: number[] = []
  for (const target of ['/login', '/login?x', '/login;1', '/login;jsessionid=2', '/login%3B3', '/login%253B4', '//login', '/%6cogin', '/x/../login', '/l;5/../login;6']) statuses.push((await ask('POST', target)).status)
  expect(statuses).toEqual([200, ...Array<number>(9).fill(429)])
  expect([(await ask('POST', '/login/more')).status, (await ask('POST', '/caf%C3%A9')).status, (await ask('POST', '/caf%c3%a9')).status]).toEqual([200, 200, 429])
})

test.each(['filters', 'routes'])('a middleware of %s that sets a header to what the client sent does not let a twin of it through', async (where) => {
  const own = [middleware((request) => new Request(request, { headers: { ...Object.fromEntries(request.headers), 'x-user': 'ann' } }))]
  const route = { upstream: 'app', normalization: { oddHeaders: 'keep' as const } }
  const { ask, sent } = worldOf(where === 'filters' ? { filters: own, routes: [route] } : { routes: [{ ...route, filters: own }] })
  await ask('GET', '/', { fields: ['X-User', 'ann', 'X_User', 'root'] })
  expect(sent[0]!.fields.filter((_, i, all) => /^x.user$/i.test(all[i - (i % 2)]!))).toEqual(['x-user', 'ann'])
})
