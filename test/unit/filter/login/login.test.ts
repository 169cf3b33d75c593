import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fieldValue, fieldValues, type Fields } from '../../../../src/http/fields.js'
import type { Config, GatewayEvent } from '../../../../src/index.js'
import { validateConfig } from '../../../../src/index.js'
import { platform } from '../../../../src/platform.js'
import { text, type Told, worldOf } from '../../../support/gateway.js'
import { type Provider, startProvider } from '../../../support/oidc-provider.js'

type Settings = Partial<Extract<NonNullable<Config['filters']>[number], { login?: unknown }>['login'] & object>

const SECRET = 'a secret of more than 32 characters'
const PAGE = ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Site', 'none']
const HOST = 'app.example'

let provider: Provider
beforeEach(async () => {
  provider = await startProvider()
})
afterEach(() => provider[Symbol.asyncDispose]())

/** A gateway whose provider is a real one on the loopback; its clock can be put forward. */
function world(settings: Settings = {}) {
  let aheadMs = 0
  const { transport, clock } = platform()
  const login = { issuer: provider.issuer, clientId: 'gate', clientSecret: 'gate secret', secret: SECRET, forward: { sub: 'X-User', groups: 'X-Groups' }, ...settings }
  const made = worldOf({ trustedProxies: ['203.0.113.9/32'], filters: [{ login }] }, (request) => (request.server.port === provider.port ? transport.send(request) : text('ok')), { clock: { nowMs: () => Date.now() + aheadMs, sleep: clock.sleep } })
  return {
    ask: made.ask,
    relayed: (): Fields[] => made.sent.filter(({ server }) => server.port !== provider.port).map(({ fields }) => fields),
    failures: (): GatewayEvent[] => made.events.filter(({ kind }) => kind === 'service-failed'),
    told: () => made.events.filter((event) => event.kind === 'request'),
    wait: (ms: number) => void (aheadMs += ms),
  }
}
type World = ReturnType<typeof world>

/** A browser: keeps cookies, and sends them. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly #world: World

  constructor(at: World) {
    this.#world = at
  }

  async get(path: string, fields: Fields = PAGE, method = 'GET'): Promise<Told> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const told = await this.#world.ask(method, path, { host: HOST, fields: ['X-Forwarded-Proto', 'https', 'X-Forwarded-For', '198.51.100.7', ...(cookie === '' ? [] : ['Cookie', cookie]), ...fields] })
    for (const line of fieldValues(told.fields, 'set-cookie')) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      expect(line).toMatch(/; Path=\/; Secure; HttpOnly; SameSite=Lax$/)
      if (line.includes('Max-Age=0;')) this.cookies.delete(name!)
      else this.cookies.set(name!, value!)
    }
    return told
  }

  /** Is sent to the provider and back; gives the way back, which is not gone yet. */
  async sent(path: string): Promise<string> {
    const { status, value } = await this.get(path)
    expect([status, value('cache-control')]).toEqual([302, 'no-store'])
    const back = await fetch(value('location')!, { redirect: 'manual' })
    return back.headers.get('location')!.slice(`https://${HOST}`.length)
  }

  async login(path: string): Promise<Told> {
    return this.get(await this.sent(path))
  }
}

describe('logging in', () => {
  test('leads to the provider and back to the page, and the origin learns who asks and nothing of the session', async () => {
    provider.mood.claims = { sub: 'eve', groups: ['a,b', 'ü'], email: 'secret@example.com' }
    const at = world()
    const browser = new Browser(at)
    const back = await browser.login('/x/../page?q=1')
    expect([back.status, back.value('location'), [...browser.cookies.keys()]]).toEqual([303, '/page?q=1', ['__Host-session']])
    expect(at.relayed()).toEqual([])
    browser.cookies.set('mine', '1')
    expect((await browser.get('/page', [])).status).toBe(200)
    const [fields] = at.relayed()
    expect([fieldValue(fields!, 'x-user'), fieldValue(fields!, 'x-groups'), fieldValue(fields!, 'cookie')]).toEqual(['eve', 'a%2Cb,%C3%BC', 'mine=1'])
    expect(at.told().at(-1)).toMatchObject({ user: 'eve', status: 200 })
    expect([...browser.cookies.values()].join()).not.toContain('eve')
  })

  test('asks for what it is to, and proves itself by PKCE', async () => {
    const at = world({ scopes: ['email'], parameters: { prompt: 'consent', state: 'x' } })
    const url = new URL((await new Browser(at).get('/')).value('location')!)
    const { state, nonce, code_challenge: challenge, ...others } = Object.fromEntries(url.searchParams)
    expect(others).toEqual({ realm: 'a', client_id: 'gate', redirect_uri: `https://${HOST}/.auth/callback`, response_type: 'code', scope: 'openid email', prompt: 'consent', code_challenge_method: 'S256' })
    for (const random of [state, nonce, challenge]) expect(random).toMatch(/^[\w-]{43}$/)
  })

  test.each<[string, Fields, number]>([
    ['a script', ['Sec-Fetch-Mode', 'cors', 'Accept', 'text/html'], 401],
    ['a program', ['Accept', '*/*'], 401],
    ['an old script', ['Accept', 'text/html', 'X-Requested-With', 'XMLHttpRequest'], 401],
    ['an old browser', ['Accept', 'text/html,*/*'], 302],
  ])('%s without a session', async (_, fields, status) => {
    const at = world()
    const told = await new Browser(at).get('/', fields)
    expect([told.status, told.value('www-authenticate'), at.relayed()]).toEqual([status, status === 401 ? 'Cookie realm="login"' : undefined, []])
  })

  test('a form that is sent without a session is not lost on a redirect', async () => {
    expect((await new Browser(world()).get('/', PAGE, 'POST')).status).toBe(401)
  })

  test('works in several tabs at once', async () => {
    const browser = new Browser(world())
    const ways = [await browser.sent('/a'), await browser.sent('/b'), await browser.sent('/c')]
    for (const [i, way] of [ways[1]!, ways[0]!, ways[2]!].entries()) expect((await browser.get(way)).value('location')).toBe(['/b', '/a', '/c'][i])
    expect([...browser.cookies.keys()]).toEqual(['__Host-session'])
  })

  test('does not fill the browser with logins that were never ended', async () => {
    const browser = new Browser(world())
    for (let i = 0; i < 20; i++) await browser.get('/')
    expect(browser.cookies.size).toBeLessThanOrEqual(7)
  })

  test('ends by logging out, at the wish of the site alone', async () => {
    const at = world({ afterLogout: '/bye' })
    const browser = new Browser(at)
    await browser.login('/')
    expect((await browser.get('/.auth/logout', ['Sec-Fetch-Site', 'cross-site'])).status).toBe(403)
    expect(browser.cookies.size).toBe(1)
    expect((await browser.get('/.auth/logout')).value('location')).toBe('/bye')
    expect([browser.cookies.size, (await browser.get('/', [])).status]).toEqual([0, 401])
  })
})

describe('attacks', () => {
  test('the login of another browser is of no use, and neither is none', async () => {
    const at = world()
    const [eve, bob] = [new Browser(at), new Browser(at)]
    const way = await eve.sent('/')
    await bob.sent('/')
    for (const path of [way, way.replace(/state=[^&]+/, 'state='), way.replace(/&?state=[^&]+/, ''), '/.auth/callback', '/.auth/callback?state=__proto__']) {
      const told = await bob.get(path)
      expect([told.status, bob.cookies.has('__Host-session')]).toEqual([403, false])
    }
    // Not even with a state that begins alike.
    const state = new URLSearchParams(way.split('?')[1]).get('state')!
    bob.cookies.set(`__Host-session.login.${state.slice(0, 16)}`, [...bob.cookies.values()][0]!)
    expect((await bob.get(way)).status).toBe(403)
    expect(provider.asked).not.toContain('/token')
  })

  test('a code is good once', async () => {
    const at = world()
    const browser = new Browser(at)
    const way = await browser.sent('/')
    const before = new Map(browser.cookies)
    expect((await browser.get(way)).status).toBe(303)
    expect((await browser.get(way)).status).toBe(403)
    const thief = new Browser(at)
    for (const [name, value] of before) thief.cookies.set(name, value)
    expect([(await thief.get(way)).status, thief.cookies.size]).toEqual([403, 0])
  })

  test('a login that took too long is over', async () => {
    const at = world()
    const browser = new Browser(at)
    const way = await browser.sent('/')
    at.wait(600_000)
    expect((await browser.get(way)).status).toBe(403)
  })

  test('a cookie that was changed, cut, made up, or sealed for something else opens nothing', async () => {
    const at = world()
    const browser = new Browser(at)
    await browser.login('/')
    const good = browser.cookies.get('__Host-session')!
    await browser.sent('/.auth/other').catch(() => {})
    const other = world({ clientId: 'other' })
    const attempts = [good.slice(0, -1), `${good.slice(0, 20)}${good[20] === 'A' ? 'B' : 'A'}${good.slice(21)}`, `2~${good.slice(2)}`, '1~', '1~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', '1~%%%', '9~x', 'x', [...(await begun(at))][0]![1]]
    for (const value of attempts) expect((await at.ask('GET', '/', { fields: ['Cookie', `__Host-session=${value}`] })).status).toBe(401)
    expect((await other.ask('GET', '/', { fields: ['Cookie', `__Host-session=${good}`] })).status).toBe(401)
    expect((await at.ask('GET', '/', { fields: ['Cookie', `__Host-session=${good}`] })).status).toBe(200)
  })
  const begun = async (at: World): Promise<Map<string, string>> => {
    const browser = new Browser(at)
    await browser.get('/')
    return browser.cookies
  }

  test.each<[string, string | undefined, number]>([['right', 'own', 303], ['another', 'http://127.0.0.1:1', 403]])('an answer whose issuer is %s', async (_, iss, status) => {
    provider.mood.iss = iss === 'own' ? provider.issuer : iss
    expect((await new Browser(world()).login('/')).status).toBe(status)
  })

  test('an answer that lacks its issuer though the provider gives it', async () => {
    provider.mood.iss = provider.issuer
    const browser = new Browser(world())
    const way = await browser.sent('/')
    expect((await browser.get(way.replace(/&iss=[^&]+/, ''))).status).toBe(403)
  })

  test.each<[string, Record<string, unknown>]>([
    ['of another issuer', { iss: 'http://127.0.0.1:1' }],
    ['for another client', { aud: 'other' }],
    ['with another nonce', { nonce: 'x' }],
    ['that is over', { exp: 1 }],
    ['without a subject', { sub: undefined }],
  ])('a token %s is refused', async (_, claims) => {
    Object.assign(provider.mood.claims, claims)
    const browser = new Browser(world())
    expect([(await browser.login('/')).status, browser.cookies.size]).toEqual([403, 0])
  })

  test('a token that is signed with a key of nobody\'s is refused', async () => {
    provider.rotate(false)
    expect((await new Browser(world()).login('/')).status).toBe(403)
  })

  test.each(['//evil.test/a', '/\\evil.test', '/%5cevil.test', '///evil.test', '/.//evil.test', '/..//evil.test', '/%2e%2e//evil.test', 'http://app.example//evil.test/'])('%s does not lead back to another host', async (path) => {
    const browser = new Browser(world())
    const { status, value } = await browser.get(path)
    if (status === 400) return
    const back = await fetch(value('location')!, { redirect: 'manual' })
    const { value: last } = await browser.get(back.headers.get('location')!.slice(`https://${HOST}`.length))
    expect(new URL(last('location')!, `https://${HOST}/`).host).toBe(HOST)
  })

  test.each(['X-User', 'x_user', 'X.User'])('%s of a client does not pass', async (name) => {
    const at = world()
    const browser = new Browser(at)
    provider.mood.claims = { sub: 'eve' }
    await browser.login('/')
    await browser.get('/', [name, 'root', 'X-Groups', 'admins', 'Connection', 'X-User'])
    const [fields] = at.relayed()
    expect(fields!.flatMap((text, i) => (i % 2 === 0 && /^x.(user|groups)$/i.test(text) ? [text, fields![i + 1]] : []))).toEqual(['X-User', 'eve'])
  })

  test('what the provider says against a login is not repeated to the client', async () => {
    provider.mood.error = 'access_denied'
    const at = world()
    const told = await new Browser(at).login('/')
    expect([told.status, told.text.includes('access_denied'), at.told().at(-1)?.detail]).toEqual([403, false, 'login: the provider says access_denied'])
  })
})

describe('sessions', () => {
  test('end', async () => {
    const at = world({ sessionTtl: '1h' })
    const browser = new Browser(at)
    await browser.login('/')
    at.wait(3_599_000)
    expect((await browser.get('/', [])).status).toBe(200)
    at.wait(1000)
    expect((await browser.get('/', [])).status).toBe(401)
  })

  test('outlive a change of the secret, as long as the old one is known', async () => {
    const browser = new Browser(world())
    await browser.login('/')
    const fields = ['Cookie', `__Host-session=${browser.cookies.get('__Host-session')}`]
    const next = 'another secret of more than 32 characters'
    expect((await world({ secret: [next, SECRET] }).ask('GET', '/', { fields })).status).toBe(200)
    expect((await world({ secret: next }).ask('GET', '/', { fields })).status).toBe(401)
  })

  test('that are large take several cookies; too large ones are refused plainly', async () => {
    provider.mood.claims = { sub: 'eve', groups: 'g'.repeat(6000) }
    const at = world()
    const browser = new Browser(at)
    await browser.login('/')
    expect([...browser.cookies.keys()]).toEqual(['__Host-session', '__Host-session.1', '__Host-session.2'])
    expect((await browser.get('/', [])).status).toBe(200)
    expect(fieldValue(at.relayed()[0]!, 'cookie')).toBeUndefined()
    browser.cookies.delete('__Host-session.1')
    expect((await browser.get('/', [])).status).toBe(401)
    provider.mood.claims = { sub: 'eve' }
    await browser.login('/')
    expect([...browser.cookies.keys()]).toEqual(['__Host-session'])
    provider.mood.claims = { sub: 'eve', groups: 'g'.repeat(16_000) }
    const fresh = new Browser(at)
    expect([(await fresh.login('/')).status, fresh.cookies.size, at.told().at(-1)?.detail]).toEqual([500, 0, expect.stringContaining('too large')])
  })

  test('are refreshed once for all requests at the time, also for those that come late with the old cookie', async () => {
    provider.mood.refreshAfter = 300
    const at = world()
    const browser = new Browser(at)
    await browser.login('/')
    const old = browser.cookies.get('__Host-session')!
    at.wait(241_000)
    provider.mood.claims = { sub: 'eve', groups: ['new'] }
    provider.asked.length = 0
    const tellings = await Promise.all([1, 2, 3].map(() => at.ask('GET', '/', { fields: ['Cookie', `__Host-session=${old}`] })))
    expect([tellings.map(({ status }) => status), tellings.map(({ value }) => value('set-cookie') !== undefined && value('cache-control')), provider.asked]).toEqual([[200, 200, 200], ['private', 'private', 'private'], ['/token']])
    expect(at.relayed().map((fields) => fieldValue(fields, 'x-groups'))).toEqual(['new', 'new', 'new'])
    await browser.get('/', [])
    expect(browser.cookies.get('__Host-session')).not.toBe(old)
    await browser.get('/', [])
    expect(provider.asked).toEqual(['/token'])
  })

  test('end with the refresh token, and go on while the provider does not answer', async () => {
    provider.mood.refreshAfter = 300
    const at = world()
    const browser = new Browser(at)
    await browser.login('/')
    at.wait(241_000)
    provider.mood.down = true
    for (let i = 0; i < 2; i++) expect((await browser.get('/', [])).status).toBe(200)
    expect(at.failures()).toMatchObject([{ filter: 'login', service: provider.issuer }])
    provider.mood.down = false
    provider.mood.claims = { sub: 'bob' }
    at.wait(31_000)
    expect((await browser.get('/', [])).status).toBe(401)
  })
})

describe('a provider that does not answer', () => {
  test('lets nobody in, and is told', async () => {
    const at = world()
    provider.mood.down = true
    expect([(await new Browser(at).get('/')).status, at.relayed()]).toEqual([502, []])
    expect(at.failures()).toMatchObject([{ filter: 'login', service: provider.issuer, id: 'id-1' }])
  })

  test('is not asked again by everybody who comes', async () => {
    const at = world()
    provider.mood.down = true
    for (let i = 0; i < 3; i++) expect((await new Browser(at).get('/')).status).toBe(502)
    expect(provider.asked).toHaveLength(1)
    at.wait(5000)
    provider.mood.down = false
    expect((await new Browser(at).get('/')).status).toBe(302)
  })

  test('is described as it was before', async () => {
    const at = world()
    const browser = new Browser(at)
    await browser.login('/')
    at.wait(3_600_000)
    provider.mood.down = true
    expect((await new Browser(at).get('/')).status).toBe(302)
    expect(at.failures().length).toBe(1)
  })

  test('while a code is exchanged fails the login', async () => {
    const at = world()
    const browser = new Browser(at)
    const way = await browser.sent('/')
    provider.mood.down = true
    expect([(await browser.get(way)).status, browser.cookies.size]).toEqual([502, 0])
  })
})

test.each<[string, object]>([
  ['issuer', { issuer: 'login.example' }],
  ['secret', { secret: 'short' }],
  ['secret[1]', { secret: [SECRET, 'short'] }],
  ['redirectPath', { redirectPath: '//evil' }],
  ['redirectPath', { redirectPath: '/a/../b' }],
  ['afterLogout', { afterLogout: 'https://evil.test/' }],
  ['cookieName', { cookieName: 'session' }],
  ['origin', { origin: 'https://a.test/path' }],
  ['forward.sub', { forward: { sub: 'Host' } }],
])('%s of %j is a fault', (path, settings) => {
  const validation = validateConfig({ routes: [], filters: [{ login: { issuer: 'https://a.test', clientId: 'a', secret: SECRET, ...settings } }] })
  expect(validation.kind === 'invalid' && validation.issues.map((issue) => issue.path)).toEqual([expect.stringContaining(`filters[0].login.${path}`)])
})
