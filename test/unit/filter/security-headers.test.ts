import { describe, expect, test } from 'vitest'
import { fieldValue, fieldValues } from '../../../src/http/fields.js'
import { type NamedFilter, rulesOf } from '../../support/filters.js'
import { text, worldOf } from '../../support/gateway.js'

type Headers = NonNullable<NamedFilter['securityHeaders']>

const html = (fields: readonly string[] = []) => text('<p>', ['Content-Type', 'text/html', ...fields])
const world = (securityHeaders: Headers, origin: () => ReturnType<typeof text> = () => html()) => worldOf({ trustedProxies: ['203.0.113.9'], filters: [{ securityHeaders }] }, origin)
const SECURE = ['X-Forwarded-For', '198.51.100.1', 'X-Forwarded-Proto', 'https']
const NAMES = /^(strict-transport|x-content-type-o|referrer|permissions|x-frame|cross-origin|content-security|x-powered|server)/i
const guards = (fields: readonly string[]): Record<string, string> => Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 && NAMES.test(name) ? [[name, fields[i + 1]!]] : [])))

describe('presets', () => {
  test('basic', async () => {
    expect(guards((await world('basic').ask('GET', '/', { fields: SECURE })).fields)).toEqual({
      'Strict-Transport-Security': 'max-age=31536000', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'strict-origin-when-cross-origin', 'X-Frame-Options': 'SAMEORIGIN',
    })
  })

  test('strict', async () => {
    expect(guards((await world('strict').ask('GET', '/', { fields: SECURE })).fields)).toEqual({
      'Strict-Transport-Security': 'max-age=63072000; includeSubDomains', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Permissions-Policy': expect.stringContaining('camera=()') as string,
      'X-Frame-Options': 'DENY', 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin',
      'Content-Security-Policy': "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    })
  })

  test('api', async () => {
    expect(guards((await world('api').ask('GET', '/')).fields)).toEqual({
      'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'X-Frame-Options': 'DENY', 'Cross-Origin-Resource-Policy': 'same-origin', 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    })
  })

  test('over plain HTTP nobody is told to ask by HTTPS alone, whatever a client says it came by', async () => {
    const { ask } = worldOf({ filters: [{ securityHeaders: 'strict' }] })
    expect((await ask('GET', '/', { fields: SECURE })).value('strict-transport-security')).toBeUndefined()
  })
})

describe('what the server says itself', () => {
  const own = () => html(['X-Frame-Options', 'DENY', 'content-security-policy', "default-src 'none'", 'Referrer-Policy', 'same-origin', 'X-Powered-By', 'x'])

  test('stands', async () => {
    expect(guards((await world('strict', own).ask('GET', '/')).fields)).toMatchObject({ 'X-Frame-Options': 'DENY', 'content-security-policy': "default-src 'none'", 'Referrer-Policy': 'same-origin', 'X-Content-Type-Options': 'nosniff' })
  })

  test('is replaced and taken off when told to', async () => {
    const told = guards((await world({ preset: 'basic', contentSecurityPolicy: "default-src 'self'", remove: ['X-Powered-By', 'Server'], overwrite: true }, own).ask('GET', '/')).fields)
    expect(told).toEqual({ 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'strict-origin-when-cross-origin', 'X-Frame-Options': 'SAMEORIGIN', 'Content-Security-Policy': "default-src 'self'" })
  })

  test('of frames in its policy is not taken back by the older field', async () => {
    expect(guards((await world('basic', () => html(['Content-Security-Policy', 'frame-ancestors https://partner.example'])).ask('GET', '/')).fields)['X-Frame-Options']).toBeUndefined()
  })

  test('single settings are switched off and replaced', async () => {
    const told = guards((await world({ hsts: false, frameOptions: false, referrerPolicy: 'origin', contentSecurityPolicy: 'default-src *', reportOnly: true }).ask('GET', '/', { fields: SECURE })).fields)
    expect(told).toEqual({ 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'origin', 'Content-Security-Policy-Report-Only': 'default-src *' })
  })
})

test('refusals and answers from the cache carry the fields, once', async () => {
  const { ask, sent } = worldOf({ caches: { default: { store: 'memory' } }, filters: [{ securityHeaders: 'basic' }, { deny: { path: ['/secret'] } }], routes: [{ cache: {}, upstream: 'app' }] }, () => html(['Cache-Control', 'max-age=60']))
  for (const target of ['/secret', '/', '/']) expect(fieldValues((await ask('GET', target)).fields, 'x-frame-options')).toEqual(['SAMEORIGIN'])
  expect(sent.length).toBe(1)
})

describe('a nonce', () => {
  const nonced: Headers = { contentSecurityPolicy: "script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'nonce-{nonce}'" }
  const nonceOf = (policy: string | undefined): string | undefined => /'nonce-([^']+)'/.exec(policy ?? '')?.[1]

  test('is told to the server and is in the policy, another one for each answer; a client\'s own is dropped in any spelling', async () => {
    const { ask, sent } = world(nonced)
    const answers = []
    for (let i = 0; i < 2; i++) answers.push(await ask('GET', '/', { fields: ['X-CSP-Nonce', 'mine', 'x_csp_nonce', 'mine', 'Connection', 'X-CSP-Nonce'] }))
    const told = sent.map(({ fields }) => fields.filter((_, i) => i % 2 === 1 && /^x.csp.nonce$/i.test(fields[i - 1]!)))
    expect(told).toEqual(answers.map((answer) => [nonceOf(answer.value('content-security-policy'))]))
    expect(new Set(told.flat()).size).toBe(2)
    expect(answers.map((answer) => answer.value('cache-control'))).toEqual(['private', 'private'])
  })

  test('is never stored for others, nor in the cache of the browser by a 304', async () => {
    const { ask, sent } = worldOf({ caches: { default: { store: 'memory' } }, filters: [{ securityHeaders: nonced }], routes: [{ cache: {}, upstream: 'app' }] }, ({ fields }) => (fieldValue(fields, 'if-none-match') ? { status: 304, fields: [], body: undefined } : html(['Cache-Control', 'max-age=60', 'ETag', '"a"'])))
    const first = await ask('GET', '/')
    const second = await ask('GET', '/')
    expect([sent.length, nonceOf(first.value('content-security-policy')) === nonceOf(second.value('content-security-policy'))]).toEqual([2, false])
    const renewed = await ask('GET', '/', { fields: ['If-None-Match', '"a"'] })
    expect([renewed.status, renewed.value('content-security-policy'), renewed.value('x-frame-options')]).toEqual([304, undefined, 'SAMEORIGIN'])
  })
})

describe('faults are found at start', () => {
  test.each<[object, RegExp]>([
    [{ hsts: { preload: true } }, /preload, which asks for includeSubDomains/],
    [{ hsts: { preload: true, includeSubDomains: true, maxAge: '1d' } }, /at least "365d"/],
    [{ referrerPolicy: "a'{nonce}'" }, /only contentSecurityPolicy knows/],
    [{ nonceHeader: 'X-N' }, /no \{nonce\} in contentSecurityPolicy/],
    [{ contentSecurityPolicy: 'a\r\nb' }, /control|line|character/i],
    [{ contentSecurityPolicy: '' }, /write false/],
    [{ frameOption: 'DENY' }, /did you mean "frameOptions"/],
  ])('%o', (securityHeaders, message) => {
    expect(() => rulesOf([{ securityHeaders: securityHeaders as Headers }])).toThrow(message)
  })
})
