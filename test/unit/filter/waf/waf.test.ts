// The filter waf in a gateway: what is looked at is what goes on, and what rules deny goes nowhere.
import { describe, expect, test } from 'vitest'
import { type Config, ConfigError } from '../../../../src/index.js'
import { BytesPayload, StreamPayload } from '../../../../src/adapter.js'
import { firewalls } from '../../../../src/waf/index.js'
import { text, type World, worldOf } from '../../../support/gateway.js'

const RULES = [
  'SecResponseBodyAccess On', 'SecRequestBodyLimit 100', 'SecResponseBodyLimit 20',
  'SecRule ARGS "@contains evil" "id:1,phase:2,deny,status:403,msg:\'Evil\'"',
  'SecRule REQUEST_HEADERS:X-Bad "@streq 1" "id:2,phase:1,deny,status:400,tag:\'headers\'"',
  'SecRule RESPONSE_BODY "@contains secret" "id:3,phase:4,deny"',
  'SecRule REMOTE_ADDR "@ipMatch 192.0.2.0/24" "id:4,phase:1,allow,nolog"',
  'SecRule REQUEST_BODY|ARGS "@contains wrong" "id:5,phase:2,deny"',
].join('\n')

type Waf = { readonly mode?: 'block' | 'detect'; readonly audit?: string; readonly exclude?: { rule: number | string; where?: string }[] }

function worldWith(waf: Waf = {}, origin = () => text('fine', ['Content-Type', 'text/html'])): World & { readonly audits: string[] } {
  const audits: string[] = []
  const firewall = firewalls({ filesOf: (name) => (name === 'rules.conf' ? [{ name, text: RULES }] : []), dataFiles: () => undefined, openAudit: () => (line) => audits.push(line) })
  const config: Partial<Config> = { filters: [{ waf: { rules: ['rules.conf'], ...waf } }] }
  return Object.assign(worldOf(config, origin, { firewall }), { audits })
}

const form = (body: string): { fields: string[]; body: StreamPayload } => {
  const bytes = new TextEncoder().encode(body)
  return { fields: ['Content-Type', 'application/x-www-form-urlencoded', 'Content-Length', String(bytes.byteLength)], body: new StreamPayload(new BytesPayload(bytes).stream(), bytes.byteLength) }
}

const faultsOf = (config: Partial<Config>, ports = {}): string => {
  try {
    worldOf(config, undefined, ports)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

describe('a request', () => {
  test('that rules deny reaches no server, and its reason no client', async () => {
    const world = worldWith()
    const told = await world.ask('GET', '/?q=evil')
    expect(told.status).toBe(403)
    expect(told.text).not.toContain('Evil')
    expect(world.sent).toEqual([])
    expect(world.events).toContainEqual(expect.objectContaining({ kind: 'request', filter: 'waf', detail: 'waf: 1 Evil' }))
  })

  test('is denied by its head before its body is read', async () => expect((await worldWith().ask('POST', '/', { fields: ['X-Bad', '1'], body: form('a=b').body })).status).toBe(400))

  test('goes on with the bytes that were looked at', async () => {
    const world = worldWith()
    await world.ask('POST', '/', form('a=good'))
    expect(await new Response(world.sent[0]!.body!.stream()).text()).toBe('a=good')
    expect((await world.ask('POST', '/', form('a=e%76il'))).status).toBe(403)
    expect(world.sent).toHaveLength(1)
  })

  test('with a body above the limit is refused, not let past half seen', async () => {
    expect((await worldWith().ask('POST', '/', form(`a=${'x'.repeat(200)}`))).status).toBe(413)
    const unknown = new StreamPayload(new BytesPayload(new Uint8Array(200)).stream())
    expect((await worldWith().ask('POST', '/', { fields: ['Transfer-Encoding', 'chunked'], body: unknown })).status).toBe(413)
  })

  test('that a rule allows is looked at no further', async () => expect((await worldWith().ask('GET', '/?q=evil', { peer: '192.0.2.9' })).status).toBe(200))

  test('in detection goes on, and what would have refused it is told', async () => {
    const world = worldWith({ mode: 'detect' })
    expect((await world.ask('GET', '/?q=evil')).status).toBe(200)
    expect(world.events).toContainEqual(expect.objectContaining({ kind: 'request', trial: 'waf: 1 Evil' }))
  })
})

describe('an answer', () => {
  test('that rules deny does not leave', async () => {
    const told = await worldWith({}, () => text('a secret', ['Content-Type', 'text/html'])).ask('GET', '/')
    expect(told.status).toBe(403)
    expect(told.text).not.toContain('secret')
  })

  test('is whole although only its beginning is looked at, and other types are not', async () => {
    const long = `${'x'.repeat(30)} secret`
    expect((await worldWith({}, () => text(long, ['Content-Type', 'text/html'])).ask('GET', '/')).text).toBe(long)
    expect((await worldWith({}, () => text('secret', ['Content-Type', 'image/png'])).ask('GET', '/')).text).toBe('secret')
  })
})

describe('exclusions', () => {
  test.each([
    [[{ rule: 1 }], '/?q=evil', 200],
    [[{ rule: 1, where: 'arg:q' }], '/?q=evil', 200],
    [[{ rule: 1, where: 'arg:q' }], '/?r=evil', 403],
    [[{ rule: '1-9', where: 'arg' }], '/?r=evil', 200],
  ])('%j on %s: %i', async (exclude, target, status) => expect((await worldWith({ exclude }).ask('GET', target)).status).toBe(status))

  test('by tag', async () => expect((await worldWith({ exclude: [{ rule: 'headers' }] }).ask('GET', '/', { fields: ['X-Bad', '1'] })).status).toBe(200))
})

test('the audit log has a line for each request, with what matched and what became of it', async () => {
  const world = worldWith({ audit: 'audit.log' })
  await world.ask('GET', '/?q=evil')
  await world.ask('GET', '/')
  const [denied, passed] = world.audits.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(denied).toMatchObject({ method: 'GET', path: '/', status: 403, ended: true, by: 1, rules: [1], messages: ['[id "1"] [msg "Evil"] [where "ARGS:q"]'] })
  expect(passed).toMatchObject({ status: 200, ended: false, rules: [] })
})

describe('faults at start', () => {
  const firewall = firewalls({ filesOf: (name) => (name === 'bad.conf' ? [{ name, text: '\nSecNothing' }] : name === 'good.conf' ? [{ name, text: RULES }] : []), dataFiles: () => undefined })
  const waf = (settings: object): Partial<Config> => ({ filters: [{ waf: settings as Waf & { rules: string[] } }] })

  test.each([
    [{ rules: ['none.conf'] }, 'none.conf:0: there is no such file'],
    [{ rules: ['bad.conf'] }, 'filters[0].waf.rules: bad.conf:2: secnothing is no directive'],
    [{ rules: ['good.conf'], exclude: [{ rule: 77 }] }, 'filters[0].waf.exclude: 77 is the id of no rule'],
    [{ rules: ['good.conf'], exclude: [{ rule: 1, where: 'elsewhere' }] }, '"elsewhere" is no part of a request'],
    [{ rules: ['good.conf'], audit: 'x' }, 'filters[0].waf.audit: must be left out where there are no files'],
    [{ rules: [] }, 'needs at least one file'],
  ])('%j', (settings, message) => expect(faultsOf(waf(settings), { firewall })).toContain(message))

  test('where nobody has read the files', () => expect(faultsOf(waf({ rules: ['good.conf'] }))).toContain('cannot be read on this platform'))
})
