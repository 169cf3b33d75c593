import { describe, expect, test } from 'vitest'
import { BytesPayload } from '../../src/http/payload.js'
import { answerOf, LazyResponse, storableResponse } from '../../src/stored-response.js'
import { lengthOf, toResponse, wireOf } from '../../src/wire.js'

describe('wireOf', () => {
  test.each([
    ['http://gate.example/a/b?x=1#f', '/a/b?x=1', 'gate.example'],
    ['http://gate.example:8080', '/', 'gate.example:8080'],
    ['https://[::1]:8443/?', '/?', '[::1]:8443'],
    ['http://gate.example/?u=http://other/', '/?u=http://other/', 'gate.example'],
  ])('reads target and Host of %s', (url, target, host) => {
    const wire = wireOf(new Request(url))
    expect(wire.target).toBe(target)
    expect(wire.fields.slice(0, 2)).toEqual(['Host', host])
  })

  test('a Host field that the platform gives is kept, and the only one', () => {
    const { fields } = wireOf(new Request('http://127.0.0.1/', { headers: { host: 'gate.example' } }))
    expect(fields).toEqual(['host', 'gate.example'])
  })

  test('method, fields, signal and body come along', async () => {
    const client = new AbortController()
    const wire = wireOf(new Request('http://h/', { method: 'PUT', body: 'hello', headers: { 'content-length': '5', 'x-a': '1' }, signal: client.signal }))
    expect([wire.method, wire.body?.length]).toEqual(['PUT', 5])
    expect(wire.fields).toContain('x-a')
    expect(await new Response(wire.body!.stream()).text()).toBe('hello')
    client.abort()
    expect(wire.signal?.aborted).toBe(true)
  })

  test('no body is none', () => {
    expect(wireOf(new Request('http://h/')).body).toBeUndefined()
  })
})

test.each<[string[], number | undefined]>([
  [[], undefined],
  [['Content-Length', '12'], 12],
  [['Content-Length', '0'], 0],
  [['Content-Length', 'x'], undefined],
  [['Content-Length', '-1'], undefined],
])('the length that %j tells is %j', (fields, length) => {
  expect(lengthOf(fields)).toBe(length)
})

describe('an answer as a Response', () => {
  const answer = { status: 201, reason: 'Made', fields: ['Content-Type', 'application/json', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'], body: new BytesPayload(new TextEncoder().encode('{"a":1}')) }

  test.each<[string, () => Response]>([
    ['real', () => toResponse(answer)],
    ['lazy', () => new LazyResponse(answer) as unknown as Response],
    ['storable', () => storableResponse(answer)],
  ])('%s: has everything', async (_, make) => {
    expect(make()).toBeInstanceOf(Response)
    const { status, statusText, ok, headers, redirected } = make()
    expect([status, statusText, ok, redirected]).toEqual([201, 'Made', true, false])
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await make().text()).toBe('{"a":1}')
    expect(await make().json()).toEqual({ a: 1 })
    expect((await make().arrayBuffer()).byteLength).toBe(7)
    expect((await make().blob()).type).toBe('application/json')
    const read = make()
    expect(read.bodyUsed).toBe(false)
    const copy = read.clone()
    await read.text()
    expect(read.bodyUsed).toBe(true)
    expect(await copy.text()).toBe('{"a":1}')
    await expect(read.text()).rejects.toThrow(TypeError)
  })

  test('the answer is found again, as it was where it never was a Response', async () => {
    expect(answerOf(new LazyResponse(answer) as unknown as Response)).toBe(answer)
    expect(answerOf(storableResponse(answer))).toBe(answer)
    const found = answerOf(toResponse(answer))
    expect([found.status, found.reason, found.fields]).toEqual([201, 'Made', ['content-type', 'application/json', 'set-cookie', 'a=1', 'set-cookie', 'b=2']])
    expect(await new Response(found.body!.stream()).text()).toBe('{"a":1}')
  })

  test.each([204, 205, 304])('%d has no body, whatever the answer carries', (status) => {
    expect(toResponse({ status, fields: [], body: new BytesPayload(new Uint8Array(0)) }).body).toBeNull()
    expect(toResponse({ status, fields: [], body: new BytesPayload(new Uint8Array(3)) }).body).toBeNull()
    expect(toResponse({ status, fields: [], body: undefined }).body).toBeNull()
  })
})
