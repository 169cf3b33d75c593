import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SCRIPT } from '../../../src/filter/challenge/script.js'
import { bindingOf } from '../../../src/filter/challenge/token.js'
import { withoutCookie } from '../../../src/http/cookie.js'
import { fieldValue } from '../../../src/http/fields.js'
import { type NamedFilter, rulesOf } from '../../support/filters.js'
import { type AskOptions, type Told, text, type World, worldOf } from '../../support/gateway.js'

type Challenge = NonNullable<NamedFilter['challenge']>

const SECRET = 'a secret of 32 characters or more'
const BROWSER = ['Accept', 'text/html,application/xhtml+xml', 'Sec-Fetch-Mode', 'navigate', 'User-Agent', 'Browser/1']
const world = (challenge: Partial<Challenge> = {}): World => worldOf({ filters: [{ challenge: { secret: SECRET, difficulty: 8, ...challenge } }] })
const challengeIn = ({ text: page }: Told): string => /data-challenge="([^"]+)"/.exec(page)![1]!
const zeros = (hashed: string): number => Math.clz32(createHash('sha256').update(hashed).digest().readUInt32BE(0))

function solve(challenge: string, bits: number, isRight = (found: number): boolean => found >= bits): string {
  for (let n = 0; ; n++) if (isRight(zeros(`${challenge}:${n}`))) return `${challenge}:${n}`
}

const send = (to: World, solution: string, options: AskOptions = {}): Promise<Told> => to.ask('GET', '/', { fields: ['User-Agent', 'Browser/1', 'Fetchgate-Solution', solution], ...options })
const cookieOf = (answer: Told): string => answer.value('set-cookie')!.split(';')[0]!

/** Goes through the challenge as a browser does; gives its cookie. */
async function earn(to: World, options: AskOptions = {}): Promise<string> {
  const page = await to.ask('GET', '/', { fields: BROWSER, ...options })
  return cookieOf(await send(to, solve(challengeIn(page), 8), options))
}

describe('without a pass', () => {
  test('a browser gets the page, which nobody keeps or lists, and no server hears of it', async () => {
    const { ask, sent, events } = world()
    const page = await ask('GET', '/a?b=c', { fields: BROWSER })
    expect([page.status, page.value('content-type'), page.value('cache-control'), page.value('x-robots-tag'), sent]).toEqual([403, 'text/html; charset=utf-8', 'no-store', 'noindex, nofollow', []])
    const nonce = /'nonce-([^']+)'/.exec(page.value('content-security-policy')!)![1]!
    expect(page.text.match(/<(script|style)[^>]*>/g)).toEqual([`<style nonce="${nonce}">`, `<script nonce="${nonce}">`])
    expect(page.text).not.toMatch(/https?:\/\/|src=|href=/)
    expect(events.map((event) => event.kind === 'request' && event.detail)).toEqual(['challenge: no pass'])
    const head = await ask('HEAD', '/a', { fields: BROWSER })
    expect([head.status, head.hasBody]).toEqual([403, false])
  })

  test.each<[string, string, string[]]>([
    ['a form', 'POST', BROWSER],
    ['a call of an API', 'GET', ['Accept', 'application/json']],
    ['a script of a page', 'GET', ['Accept', 'text/html', 'Sec-Fetch-Mode', 'cors']],
    ['an image', 'GET', ['Accept', '*/*', 'Sec-Fetch-Mode', 'no-cors']],
  ])('%s gets a refusal', async (_, method, fields) => {
    const { ask, sent } = world()
    const answer = await ask(method, '/', { fields })
    expect([answer.status, answer.text.includes('data-challenge'), sent]).toEqual([403, false, []])
  })

  test('a WebSocket gets a refusal', async () => {
    const { ask, sent } = world()
    const answer = await ask('GET', '/', { fields: [...BROWSER, 'Connection', 'Upgrade', 'Upgrade', 'websocket'], upgrade: 'websocket' })
    expect([answer.status, answer.text.includes('data-challenge'), sent]).toEqual([403, false, []])
  })
})

describe('a solution', () => {
  test('earns a pass, by which everything goes to the server, without the pass', async () => {
    const to = world()
    const page = await to.ask('GET', '/', { fields: BROWSER })
    const answer = await send(to, solve(challengeIn(page), 8), {})
    expect([answer.status, answer.value('cache-control')]).toEqual([204, 'no-store'])
    expect(answer.value('set-cookie')).toMatch(/^fetchgate-pass=[\w.-]+; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/)
    for (const method of ['GET', 'POST', 'GET']) expect((await to.ask(method, '/', { fields: ['User-Agent', 'Browser/1', 'Cookie', `a=1; ${cookieOf(answer)}; b=2`] })).status).toBe(200)
    expect(to.sent.map(({ fields }) => fieldValue(fields, 'cookie'))).toEqual(['a=1; b=2', 'a=1; b=2', 'a=1; b=2'])
  })

  test('that is not hard enough earns nothing, nor one of less work than was asked for', async () => {
    const to = world()
    const challenge = challengeIn(await to.ask('GET', '/', { fields: BROWSER }))
    const answer = await send(to, solve(challenge, 8, (found) => found === 7))
    expect([answer.status, answer.value('set-cookie')]).toEqual([403, undefined])
    const easy = worldOf({ filters: [{ challenge: { secret: SECRET, difficulty: 4 } }] })
    const easyChallenge = challengeIn(await easy.ask('GET', '/', { fields: BROWSER }))
    expect((await send(to, solve(easyChallenge, 8))).status).toBe(403)
    const easyPass = cookieOf(await send(easy, solve(easyChallenge, 4)))
    expect((await to.ask('GET', '/', { fields: ['User-Agent', 'Browser/1', 'Cookie', easyPass] })).status).toBe(403)
  })

  test.each(['', 'x', 'a.b:1', `${'a'.repeat(9)}.${'b'.repeat(22)}:1`, `0.${'b'.repeat(22)}:1`, `lk.${'b'.repeat(22)}:1`, `lk.${'b'.repeat(22)}:1 2`])('"%s" earns nothing', async (solution) => {
    const answer = await send(world(), solution)
    expect([answer.status, answer.value('set-cookie')]).toEqual([403, undefined])
  })

  test('is of use for five minutes, and no longer pass comes of sending it again', async () => {
    const to = world({ ttl: '1h' })
    const solution = solve(challengeIn(await to.ask('GET', '/', { fields: BROWSER })), 8)
    const first = cookieOf(await send(to, solution))
    to.nowMs += 299_000
    expect(cookieOf(await send(to, solution))).toBe(first)
    to.nowMs += 2000
    expect((await send(to, solution)).status).toBe(403)
  })

  test('and a pass are of no use to others: another network, another program, another host, another secret', async () => {
    const to = world()
    const solution = solve(challengeIn(await to.ask('GET', '/', { fields: BROWSER })), 8)
    const pass = await earn(to)
    const others: AskOptions[] = [{ peer: '203.0.112.9' }, { host: 'other.example' }, { peer: '2001:db8::1' }]
    for (const other of others) expect([(await send(to, solution, other)).status, (await to.ask('GET', '/', { fields: ['User-Agent', 'Browser/1', 'Cookie', pass], ...other })).status]).toEqual([403, 403])
    expect((await to.ask('GET', '/', { fields: ['User-Agent', 'Curl', 'Cookie', pass] })).status).toBe(403)
    expect((await world({ secret: SECRET.toUpperCase() }).ask('GET', '/', { fields: ['User-Agent', 'Browser/1', 'Cookie', pass] })).status).toBe(403)
    // A neighbour of the same network, as one who comes by another address of it.
    expect((await to.ask('GET', '/', { fields: ['User-Agent', 'Browser/1', 'Cookie', pass], peer: '203.0.113.77' })).status).toBe(200)
  })
})

describe('a pass', () => {
  test('ends, whatever it says of itself', async () => {
    const to = world({ ttl: '1h' })
    const pass = await earn(to)
    const visit = async (cookie: string): Promise<number> => (await to.ask('GET', '/', { fields: ['User-Agent', 'Browser/1', 'Cookie', cookie] })).status
    const [, expires, signature] = /=(\w+)\.(.*)/.exec(pass)!
    const later = `fetchgate-pass=${(parseInt(expires!, 36) + 60).toString(36)}.${signature!}`
    expect([await visit(pass), await visit(later)]).toEqual([200, 403])
    to.nowMs += 3_601_000
    expect([await visit(pass), await visit(later)]).toEqual([403, 403])
  })

  test('is not taken from one that was changed anywhere', async () => {
    const to = world()
    const pass = await earn(to)
    const places = fc.integer({ min: 'fetchgate-pass='.length, max: pass.length - 1 })
    await fc.assert(fc.asyncProperty(places, fc.constantFrom('a', '7', '_', '.', '~'), async (at, char) => {
      const other = pass.slice(0, at) + char + pass.slice(at + 1)
      expect((await to.ask('GET', '/', { fields: ['User-Agent', 'Browser/1', 'Cookie', other] })).status).toBe(other === pass ? 200 : 403)
    }), { numRuns: 50 })
  })

  test('over HTTPS goes by HTTPS only', async () => {
    const to = worldOf({ trustedProxies: ['203.0.113.9'], filters: [{ challenge: { secret: SECRET, difficulty: 4 } }] })
    const secure = ['X-Forwarded-For', '198.51.100.1', 'X-Forwarded-Proto', 'https']
    const page = await to.ask('GET', '/', { fields: [...BROWSER, ...secure] })
    expect((await to.ask('GET', '/', { fields: ['User-Agent', 'Browser/1', ...secure, 'Fetchgate-Solution', solve(challengeIn(page), 4)] })).value('set-cookie')).toMatch(/; Secure$/)
  })
})

describe('who is exempt', () => {
  const google = { googlebot: { userAgent: 'Googlebot', ip: ['66.249.64.0/19'] } }
  test.each<[string, Partial<Challenge>, string, AskOptions, number]>([
    ['a path', { exempt: { path: ['/robots.txt', '/.well-known/*'] } }, '/.well-known/acme', {}, 200],
    ['a path that climbs out', { exempt: { path: ['/.well-known/*'] } }, '/.well-known/../secret', {}, 403],
    ['an address', { exempt: { ip: ['203.0.113.0/24'] } }, '/', {}, 200],
    ['another address', { exempt: { ip: ['203.0.112.0/24'] } }, '/', {}, 403],
    ['a program', { exempt: { userAgent: ['Uptime'] } }, '/', { fields: ['User-Agent', 'my-uptime/1'] }, 200],
    ['another program', { exempt: { userAgent: ['Uptime'] } }, '/', {}, 403],
    ['a bot from where it says it is', { verifiedBots: google }, '/', { peer: '66.249.66.1', fields: ['User-Agent', 'Mozilla/5.0 (compatible; Googlebot/2.1)'] }, 200],
    ['a bot from elsewhere', { verifiedBots: google }, '/', { fields: ['User-Agent', 'Mozilla/5.0 (compatible; Googlebot/2.1)'] }, 403],
    ['another program from where the bot is', { verifiedBots: google }, '/', { peer: '66.249.66.1' }, 403],
  ])('%s', async (_, challenge, target, options, status) => {
    expect((await world(challenge).ask('GET', target, options)).status).toBe(status)
  })
})

test('a client is known by its /24 or its /64', () => {
  const of = (address: string | undefined): string => bindingOf({ host: 'a', difficulty: 1, address, userAgent: '' })
  expect([of('192.0.2.1') === of('192.0.2.255'), of('192.0.2.1') === of('::ffff:192.0.2.9'), of('192.0.2.1') === of('192.0.3.1'), of('2001:db8::1') === of('2001:db8:0:0:ffff::1'), of('2001:db8::1') === of('2001:db8:0:1::1'), of(undefined) === of('192.0.2.1')]).toEqual([true, true, false, true, false, false])
})

test('a cookie is taken out of however many lines, and nothing else', () => {
  expect(withoutCookie(['Cookie', 'x=1', 'A', 'b', 'cookie', 'a=1; x=2;b=3', 'Cookie', 'xx=1; x=3'], 'x')).toEqual(['A', 'b', 'cookie', 'a=1;b=3', 'Cookie', 'xx=1'])
})

test.each<[object, RegExp]>([[{ secret: 'short' }, /shorter than 32/], [{ secret: SECRET, difficulty: 40 }, /28/], [{ secret: SECRET, ttl: '1s' }, /at least "1m"/], [{ secret: SECRET, exempt: { path: ['a'] } }, /must start with/], [{ secret: SECRET, exempt: { userAgent: [' '] } }, /is empty/]])('%o is a fault', (challenge, message) => {
  expect(() => rulesOf([{ challenge: challenge as Challenge }])).toThrow(message)
})

describe('the script of the page', () => {
  interface Browser { readonly said: string[]; readonly sent: (string | undefined)[]; readonly stored: Map<string, string>; reloads: number; isStuck: boolean }

  /** Runs it in a browser of its own, with no more than it uses; resolves when it reloads or gives up. */
  const run = (challenge: string, bits: number, stored = new Map<string, string>(), status = 204): Promise<Browser> =>
    new Promise((resolve) => {
      const browser: Browser = { said: [], sent: [], stored, reloads: 0, isStuck: false }
      const again = { set hidden(_: boolean) { browser.isStuck = true; resolve(browser) }, onclick: undefined }
      const elements: Record<string, unknown> = { main: { dataset: { challenge, bits: String(bits) } }, '[role=status]': { set textContent(said: string) { browser.said.push(said) } }, progress: {}, button: again }
      const globals = {
        document: { querySelector: (name: string) => elements[name] },
        sessionStorage: { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => void stored.set(key, value) },
        location: { href: 'https://gate.example/a?b', reload: () => { browser.reloads++; resolve(browser) } },
        fetch: (_: string, { headers }: { headers: Record<string, string> }) => { browser.sent.push(headers['Fetchgate-Solution']); return Promise.resolve({ status }) },
      }
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the script is a text in a page; this is its browser
      ;(new Function(...Object.keys(globals), SCRIPT) as (...given: unknown[]) => void)(...Object.values(globals))
    })

  test('finds what the gateway takes, whatever the challenge', async () => {
    await fc.assert(fc.asyncProperty(fc.stringMatching(/^[a-z0-9]{1,9}\.[A-Za-z0-9_-]{22}$/), async (challenge) => {
      const { sent, reloads } = await run(challenge, 6)
      expect([reloads, sent.map((solution) => [solution!.startsWith(`${challenge}:`), zeros(solution!) >= 6])]).toEqual([1, [[true, true]]])
    }), { numRuns: 30 })
  })

  test('says what is wrong in place of going in circles, when its cookie is not kept', async () => {
    const stored = new Map<string, string>()
    for (let i = 0; i < 3; i++) expect((await run('a.b', 1, stored)).reloads).toBe(1)
    const fourth = await run('a.b', 1, stored)
    expect([fourth.reloads, fourth.isStuck, fourth.said]).toEqual([0, true, ['The check was passed, but your browser did not keep it. Please allow cookies for this site.']])
  })

  test('says so when the gateway cannot be asked', async () => {
    const { reloads, isStuck } = await run('a.b', 1, new Map(), 502)
    expect([reloads, isStuck]).toEqual([0, true])
  })
})

test('a page that was challenged answers by the server once it is asked again', async () => {
  const to = worldOf({ filters: [{ challenge: { secret: SECRET, difficulty: 8 } }] }, ({ target }) => text(target))
  const pass = await earn(to)
  expect((await to.ask('GET', '/a?b=c', { fields: [...BROWSER, 'Cookie', pass] })).text).toBe('/a?b=c')
})
