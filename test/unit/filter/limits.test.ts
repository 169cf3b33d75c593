import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterFormPiece, parameterCount } from '../../../src/filter/limits/count.js'
import { afterPiece, JSON_START } from '../../../src/filter/limits/json-depth.js'
import { BytesPayload, type Payload, StreamPayload } from '../../../src/http/payload.js'
import type { Config, OutboundRequest } from '../../../src/index.js'
import { text, worldOf } from '../../support/gateway.js'

type Limits = Extract<NonNullable<Config['filters']>[number], { limits?: unknown }>['limits']

/** Reads a request to its end, as an origin that would take everything. */
const takeAll = async ({ body }: OutboundRequest): Promise<string> => new Response((body?.stream() ?? null) as BodyInit | null).text()

/** A gateway with limits before an origin that answers once it has taken all. */
const limited = (limits: Limits, upstream: object = {}) => {
  const taken: string[] = []
  const world = worldOf(
    { filters: [{ limits }], upstreams: { app: { targets: ['http://origin.internal'], ...upstream } } },
    async (request) => {
      taken.push('')
      const reader = request.body?.stream().getReader()
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader!.read()) taken[taken.length - 1] += new TextDecoder().decode(piece.value)
      return text('taken')
    },
  )
  return { world, taken }
}

const bytesOf = (body: string): Uint8Array => new TextEncoder().encode(body)

/** A body whose length nobody tells. */
const pieces = (...given: readonly (string | Uint8Array)[]): Payload => {
  let at = 0
  return new StreamPayload(new ReadableStream({ pull: (controller) => (at < given.length ? controller.enqueue(typeof given[at] === 'string' ? bytesOf(given[at++] as string) : (given[at++] as Uint8Array)) : controller.close()) }, { highWaterMark: 0 }))
}

describe('heads', () => {
  test.each<[string, Limits, string, string[], number]>([
    ['a target of the length', { url: '10B' }, '/123456789', [], 200],
    ['a longer one', { url: '10B' }, '/1234567890', [], 414],
    ['one that is longer for its query', { url: '10B' }, '/?12345678', [], 200],
    ['and longer', { url: '10B' }, '/?123456789', [], 414],
    // `Host: gate.example` and its line end are 20 bytes.
    ['a section of the size', { headers: '26B' }, '/', ['A', 'b'], 200],
    ['a larger one', { headers: '26B' }, '/', ['A', 'bc'], 431],
    ['lines of the number', { headerCount: 3 }, '/', ['A', '1', 'A', '2'], 200],
    ['more lines', { headerCount: 3 }, '/', ['A', '1', 'A', '2', 'A', '3'], 431],
    ['lines that are dropped for their names count', { headerCount: 2 }, '/', ['A_B', '1', 'A_B', '2'], 431],
    ['parameters of the number', { args: 2 }, '/?a=1&b=2', [], 200],
    ['more parameters', { args: 2 }, '/?a=1&b=2&c', [], 414],
    ['more for who divides at semicolons', { args: 2 }, '/?a=1;b=2;c', [], 414],
    ['none', { args: 0 }, '/', [], 200],
    ['one too many', { args: 0 }, '/?x', [], 414],
    ['separators alone', { args: 0 }, '/?&;&', [], 200],
  ])('%s', async (_, limits, target, fields, status) => {
    const { world } = limited(limits)
    expect([(await world.ask('GET', target, { fields })).status, world.sent.length]).toEqual([status, status === 200 ? 1 : 0])
  })

  test('the client learns that it is too large, the log which limit', async () => {
    const { world } = limited({ url: '10B' })
    expect((await world.ask('GET', '/1234567890')).text).not.toContain('10')
    expect(world.events).toMatchObject([{ status: 414, error: 'uri_too_long', detail: 'limits: url of more than 10 bytes', attempts: 0 }])
  })
})

describe('bodies', () => {
  test('a length that is declared is judged before the server is asked', async () => {
    const { world, taken } = limited({ body: '10B' })
    const statuses = [10, 11].map(async (bytes) => (await world.ask('POST', '/', { fields: ['Content-Length', String(bytes)], body: new StreamPayload(new BytesPayload(new Uint8Array(bytes)).stream(), bytes) })).status)
    expect([await Promise.all(statuses), taken.length]).toEqual([[200, 413], 1])
  })

  test('of one that is not, the server never gets more than the limit, however it is cut', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: 20 }), async (lengths, limit) => {
        const { world, taken } = limited({ body: `${limit}B` })
        const { status } = await world.ask('POST', '/', { fields: ['Transfer-Encoding', 'chunked'], body: pieces(...lengths.map((length) => 'x'.repeat(length))) })
        const total = lengths.reduce((a, b) => a + b)
        expect(status).toBe(total <= limit ? 200 : 413)
        expect(taken[0]!.length).toBeLessThanOrEqual(limit)
      }),
    ))

  test('it is asked for no more of it, nor is another server', async () => {
    let given = 0
    const endless = new StreamPayload(new ReadableStream({ pull: (controller) => (given++, controller.enqueue(new Uint8Array(1000))) }, { highWaterMark: 0 }))
    const { world, taken } = limited({ body: '2500B' }, { targets: ['http://a.internal', 'http://b.internal'], retry: { attempts: 3, replayBody: '64KiB', on: ['reset-before-response', '502', '503', '504', 'timeout'] } })
    const { status } = await world.ask('PUT', '/', { fields: ['Transfer-Encoding', 'chunked'], body: endless })
    expect([status, given, taken.length]).toEqual([413, 3, 1])
    expect(world.events.filter(({ kind }) => kind !== 'request')).toEqual([])
  })

  test('a mirror gets no copy of what was broken off, and a whole one of what was not', async () => {
    const world = worldOf(
      { filters: [{ limits: { body: '5B' } }], upstreams: { app: { targets: ['http://app.internal'] }, twin: { targets: ['http://twin.internal'] } }, routes: [{ upstream: 'app', mirror: { upstream: 'twin' } }] },
      async (request) => text(await takeAll(request)),
    )
    const ask = async (...given: string[]): Promise<string> => (await world.ask('POST', '/', { fields: ['Transfer-Encoding', 'chunked'], body: pieces(...given) })).text
    expect(await ask('abc', 'de')).toBe('abcde')
    expect(JSON.parse(await ask('abc', 'def'))).toMatchObject({ status: 413, code: 'content_too_large' })
    expect(world.sent.map(({ server }) => server.hostname)).toEqual(['app.internal', 'twin.internal', 'app.internal'])
  })

  test('a server is not blamed for what a client sends', async () => {
    const { world } = limited({ body: '1B' }, { outlier: { consecutiveFailures: 1 } })
    for (let i = 0; i < 5; i++) await world.ask('POST', '/', { fields: ['Transfer-Encoding', 'chunked'], body: pieces('ab') })
    expect((await world.ask('GET', '/')).status).toBe(200)
  })

  test('a client that is slow is waited for, one that drips for ever is not', async () => {
    const drip = async (bytes: number, pauseMs: number, times: number, first = 0): Promise<[number, number]> => {
      const { world, taken } = limited({ minRate: '100B' })
      let left = times
      const dripping = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          if (left-- === 0) return controller.close()
          world.nowMs += pauseMs
          controller.enqueue(new Uint8Array(left === times - 1 ? bytes + first : bytes))
        },
      }, { highWaterMark: 0 })
      const { status } = await world.ask('POST', '/', { fields: ['Transfer-Encoding', 'chunked'], body: new StreamPayload(dripping) })
      return [status, taken[0]!.length]
    }
    expect(await drip(100, 1000, 100)).toEqual([200, 10_000])
    expect(await drip(1, 1000, 10)).toEqual([200, 10])
    // It is ten seconds behind after eleven, and being quick at first buys no more than that.
    expect(await drip(1, 1000, 100)).toEqual([408, 10])
    expect(await drip(1, 1000, 100, 1_000_000)).toEqual([408, 1_000_011])
    expect(await drip(100, 10_001, 1)).toEqual([408, 0])
  })

  test('a server that takes nothing for a while is not held against the client', async () => {
    const world = worldOf({ filters: [{ limits: { minRate: '1KiB' } }] }, async ({ body }) => {
      const reader = body!.stream().getReader()
      while (!(await reader.read()).done) world.nowMs += 60_000
      return text('taken')
    })
    expect((await world.ask('POST', '/', { fields: ['Transfer-Encoding', 'chunked'], body: pieces('a', 'b', 'c') })).status).toBe(200)
  })

  test('the parameters of a form are counted while it passes', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[a=&;]{0,6}$/), { maxLength: 6 }), fc.integer({ min: 0, max: 6 }), async (parts, most) => {
        const { world } = limited({ args: most })
        const sent = parts.filter((part) => part !== '')
        const { status } = await world.ask('POST', '/', { fields: ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8', 'Transfer-Encoding', 'chunked'], body: pieces(...sent) })
        expect(status).toBe(sent.join('').split(/[&;]/).filter((part) => part !== '').length > most ? 413 : 200)
      }),
    ))

  test('the number of parameters does not depend on where they are cut', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab=&;]{0,20}$/), fc.nat(20), (form, at) => {
        const cut = [form.slice(0, at), form.slice(at)].map(bytesOf)
        expect(cut.reduce(afterFormPiece, { count: 0, isOpen: false }).count).toBe(parameterCount(form))
      }),
    )
  })
})

describe('JSON', () => {
  const depthOf = (value: unknown): number => (typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0)

  test('has the depth that a parser finds, cut at every byte', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const bytes = bytesOf(JSON.stringify(value))
        const whole = afterPiece(JSON_START, bytes)
        expect(whole).toEqual({ depth: 0, deepest: depthOf(value), inside: 'structure' })
        for (let at = 0; at <= bytes.byteLength; at++) expect(afterPiece(afterPiece(JSON_START, bytes.subarray(0, at)), bytes.subarray(at))).toEqual(whole)
      }),
    )
  })

  test.each([
    ['brackets in a string', '["[[[[{{{{"]', 1],
    ['behind an escaped quote', '["\\"[[[[",[]]', 2],
    ['behind an escaped backslash', '["\\\\",[[[]]]]', 4],
    ['an escape that is none', '["\\u005b[",[]]', 2],
    ['a bracket that closes nothing', ']]]][[', 2],
    ['what is never closed', '[[[{"a":[', 5],
  ])('%s', (_, json, deepest) => {
    expect(afterPiece(JSON_START, bytesOf(json)).deepest).toBe(deepest)
  })

  const deep = (depth: number): string => `{"a":"]]]]\\"","b":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

  test('deeper than the limit never reaches the server, however it is cut', async () => {
    const json = deep(9)
    for (let at = 0; at <= json.length; at++) {
      const { world, taken } = limited({ jsonDepth: 8 })
      const { status } = await world.ask('POST', '/', { fields: ['Content-Type', 'application/json', 'Content-Length', String(json.length)], body: new StreamPayload(pieces(json.slice(0, at), json.slice(at)).stream(), json.length) })
      expect(status).toBe(413)
      expect(afterPiece(JSON_START, bytesOf(taken[0]!)).deepest).toBeLessThanOrEqual(8)
    }
    const { world } = limited({ jsonDepth: 9 })
    expect((await world.ask('POST', '/', { fields: ['Content-Type', 'application/json'], body: pieces(json) })).status).toBe(200)
  })

  test.each<[string, string[], number]>([
    ['a type with parameters', ['Content-Type', 'Application/JSON ; charset=utf-8'], 413],
    ['a type of the family', ['Content-Type', 'application/vnd.api+json'], 413],
    ['a second line of it', ['Content-Type', 'text/plain', 'Content-Type', 'application/json'], 413],
    ['lines that were joined', ['Content-Type', 'text/plain, application/json'], 413],
    ['another type', ['Content-Type', 'text/plain'], 200],
    ['a type that begins alike', ['Content-Type', 'application/json-seq'], 200],
    ['a coding in front of it', ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'], 403],
    ['a coding that is none', ['Content-Type', 'application/json', 'Content-Encoding', 'identity'], 413],
    ['a charset in which its bytes could say something else', ['Content-Type', 'application/json; charset=utf-16le'], 403],
    ['such a charset in quotes, behind another parameter', ['Content-Type', 'application/json;v=1; CharSet = "UTF-7"'], 403],
    ['the charset of all JSON', ['Content-Type', 'application/json; charset = "UTF-8"'], 413],
  ])('%s', async (_, fields, status) => {
    const { world } = limited({ jsonDepth: 1 })
    expect((await world.ask('POST', '/', { fields, body: pieces('[[]]') })).status).toBe(status)
  })
})

// What JSON is depends on its bytes for parsers that look for the encoding in them (RFC 4627 §3): U+2200 has the byte of a quote.
test.each(['utf-16le', 'utf-16be', 'utf-32le'])('JSON that is %s without saying so does not hide brackets behind half a character', async (encoding) => {
  const units = [...'["\u2200",[[[]]]]'].map((character) => character.charCodeAt(0))
  const body = new Uint8Array(units.flatMap((unit) => (encoding === 'utf-16le' ? [unit & 255, unit >> 8] : encoding === 'utf-16be' ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8, 0, 0])))
  const { world, taken } = limited({ jsonDepth: 2 })
  expect([(await world.ask('POST', '/', { fields: ['Content-Type', 'application/json'], body: pieces(body) })).status, taken]).toEqual([403, ['']])
})

test('a form that is coded is not let through uncounted', async () => {
  const { world } = limited({ args: 2 })
  const ask = async (...coding: string[]) => (await world.ask('POST', '/', { fields: ['Content-Type', 'application/x-www-form-urlencoded', ...coding], body: pieces('a&b') })).status
  expect([await ask('Content-Encoding', 'gzip'), await ask('Content-Encoding', 'identity, deflate'), await ask('Content-Encoding', 'identity'), await ask()]).toEqual([403, 403, 200, 200])
})

test('what has no body, and what is within all limits, passes as it is', async () => {
  const { world } = limited({ url: '1KiB', headers: '1KiB', headerCount: 10, body: '1KiB', args: 10, jsonDepth: 10 })
  const body = new BytesPayload(bytesOf('[1]'))
  await world.ask('POST', '/?a=1', { fields: ['Content-Length', '3'], body })
  await world.ask('GET', '/?a=1')
  expect(world.sent[0]!.body).toBe(body)
})
