import { describe, expect, test } from 'vitest'
import { CRAWLER_GROUPS, KNOWN_CRAWLERS } from '../../../src/config/known-crawlers.js'
import { type NamedFilter, rulesOf } from '../../support/filters.js'
import { type AskOptions, worldOf } from '../../support/gateway.js'

type Crawlers = NonNullable<NamedFilter['crawlers']>

const GPT = 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)'
const GOOGLE = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const world = (crawlers: Crawlers) => worldOf({ filters: [{ crawlers }] })
const as = (userAgent: string): AskOptions => ({ fields: ['User-Agent', userAgent] })

describe('a crawler', () => {
  test.each<[string, Crawlers, string, number]>([
    ['of a group that is denied', { deny: ['ai-training'] }, GPT, 403],
    ['that is denied by name', { deny: ['GPTBot'] }, GPT, 403],
    ['in other letters', { deny: ['GPTBot'] }, 'gptbot', 403],
    ['of another group', { deny: ['ai-training'] }, GOOGLE, 200],
    ['of a denied group that is allowed by name', { deny: ['ai-training'], allow: ['GPTBot'] }, GPT, 200],
    ['that is denied by name in a group that is allowed', { deny: ['ai-training', 'GPTBot'], allow: ['ai-training'] }, GPT, 403],
    ['whose name is within another one', { deny: ['Applebot'] }, 'Applebot-Extended/1', 200],
    ['whose name is within a word', { deny: ['CCBot'] }, 'NotCCBots', 200],
    ['with a dot in its name', { deny: ['archive'] }, 'Mozilla/5.0 (compatible; archive.org_bot +http://archive.org)', 403],
    ['with something else for the dot', { deny: ['archive'] }, 'archivexorg_bot', 200],
    ['that claims another name beside its own', { deny: ['ai-training'] }, `${GOOGLE} ClaudeBot/1.0`, 403],
    ['that pays', { deny: ['ai-training'], status: 402 }, GPT, 402],
    ['that is a browser', { deny: [...CRAWLER_GROUPS] }, 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36', 200],
  ])('%s: %o, %s', async (_, crawlers, userAgent, status) => {
    const { ask, sent } = world(crawlers)
    const answer = await ask('GET', '/', as(userAgent))
    expect([answer.status, sent.length]).toEqual([status, status === 200 ? 1 : 0])
    if (status !== 200) expect(answer.text).toContain('see /robots.txt')
  })

  test('that says nothing passes', async () => {
    expect((await world({ deny: [...CRAWLER_GROUPS] }).ask('GET', '/')).status).toBe(200)
  })

  test('whose addresses are known is refused from elsewhere, under a name that is allowed', async () => {
    const { ask, events } = world({ deny: ['ai-training'], verified: { Googlebot: ['66.249.64.0/19'] } })
    expect([(await ask('GET', '/', { ...as(GOOGLE), peer: '66.249.66.1' })).status, (await ask('GET', '/', as(GOOGLE))).status]).toEqual([200, 403])
    expect(events.flatMap((event) => (event.kind === 'request' && event.error ? [event.detail] : []))).toEqual(['crawlers: googlebot, which does not come from this address'])
  })

  test('with a long name is decided at once', async () => {
    const { ask } = world({ deny: [...CRAWLER_GROUPS] })
    const startedMs = performance.now()
    await ask('GET', '/', as('GPTBo'.repeat(20_000)))
    expect(performance.now() - startedMs).toBeLessThan(500)
  })
})

describe('robots.txt', () => {
  test('turns away those that are denied, those that only go by it too, and nobody else', async () => {
    const { ask, sent } = world({ deny: ['ai-training'], allow: ['CCBot'], robotsTxt: true })
    const answer = await ask('GET', '/robots.txt', as(GPT))
    expect([answer.status, answer.value('content-type'), sent]).toEqual([200, 'text/plain; charset=utf-8', []])
    expect(answer.text).toMatch(/^(User-agent: \S+\n)+Disallow: \/\n\nUser-agent: \*\nDisallow:\n$/)
    expect(['GPTBot', 'Google-Extended', 'CCBot', 'Googlebot'].map((name) => answer.text.includes(`User-agent: ${name}\n`))).toEqual([true, true, false, false])
    const head = await ask('HEAD', '/robots.txt')
    expect([head.status, head.hasBody, head.value('content-length')]).toEqual([200, false, answer.value('content-length')])
  })

  test('is the server\'s own otherwise, which everybody may read', async () => {
    const { ask, sent } = world({ deny: ['ai-training'] })
    expect([(await ask('GET', '/robots.txt', as(GPT))).status, (await ask('GET', '/robots.txt/x', as(GPT))).status, sent.length]).toEqual([200, 403, 1])
  })
})

test('no crawler is in the table twice', () => {
  const names = KNOWN_CRAWLERS.map(({ name }) => name.toLowerCase())
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

test.each<[object, RegExp]>([
  [{ deny: [] }, /at least one group or crawler/],
  [{ deny: ['ai-trainig'] }, /did you mean "ai-training"/],
  [{ deny: ['gptbot'] }, /did you mean "GPTBot"/],
  [{ deny: ['x'], status: 401 }, /status/],
  [{ deny: ['seo'], verified: { seo: ['192.0.2.1'] } }, /is neither a group|not known/],
])('%o is a fault', (crawlers, message) => {
  expect(() => rulesOf([{ crawlers: crawlers as Crawlers }])).toThrow(message)
})
