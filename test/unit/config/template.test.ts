import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTemplate, templateFault, VARIABLES } from '../../../src/config/template.js'
import { formatIssue } from '../../../src/config/issue.js'
import { validateConfig } from '../../../src/config/validate.js'

describe('parseTemplate', () => {
  test.each<[string, ReturnType<typeof parseTemplate>]>([
    ['', []],
    ['text', [{ kind: 'text', text: 'text' }]],
    ['{client.address}', [{ kind: 'variable', name: 'client.address' }]],
    ['a{request.id}b', [{ kind: 'text', text: 'a' }, { kind: 'variable', name: 'request.id' }, { kind: 'text', text: 'b' }]],
    ['{request.id}{path.user_id}', [{ kind: 'variable', name: 'request.id' }, { kind: 'variable', name: 'path.user_id' }]],
    ['{{client.host}}', [{ kind: 'text', text: '{' }, { kind: 'variable', name: 'client.host' }, { kind: 'text', text: '}' }]],
    ...['{}', '{a}', '{"a": {"b": 1}}', '{client}', '{client.}', '{client.address', 'client.address}', '{ client.address }', '{env.HOME}', '{Client.address}', '${NAME}', '{path.a-b}'].map((text): [string, ReturnType<typeof parseTemplate>] => [text, [{ kind: 'text', text }]]),
  ])('takes %j apart', (text, parts) => {
    expect(parseTemplate(text)).toEqual(parts)
    expect(templateFault(text)).toBeUndefined()
  })

  test('its parts are the text, and nothing between them is lost', () => {
    const piece = fc.constantFrom('{', '}', 'client.address', '{client.address}', '{path.x}', '.', 'path.', '{request.uri}', 'a', ' ')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60, size: 'max' }).map((pieces) => pieces.join('')), (text) => {
        const parts = parseTemplate(text)
        expect(parts.map((part) => (part.kind === 'text' ? part.text : `{${part.name}}`)).join('')).toBe(text)
        for (const part of parts) if (part.kind === 'text') expect(part.text).not.toBe('')
      }),
    )
  })
})

describe('templateFault', () => {
  test.each(VARIABLES)('{%s} is a variable', (name) => {
    expect(templateFault(`{${name}}`)).toBeUndefined()
  })

  test.each([
    ['{client.adress}', 'names the variable "client.adress", which is none; did you mean "client.address"?'],
    ['a {request.pth} b', 'names the variable "request.pth", which is none; did you mean "request.path"?'],
    ['{request.id} {client.ip}', `names the variable "client.ip", which is none; there are: ${VARIABLES.join(', ')}`],
  ])('%j: %s', (text, fault) => {
    expect(templateFault(text)).toBe(fault)
  })
})

test.each<[string, object, string]>([
  ['a header that is set for the target', { upstream: 'app', headers: { request: { set: { 'X-A': '{client.adress}' } } } }, 'routes[0].headers.request.set.X-A'],
  ['one that is added for the target', { upstream: 'app', headers: { request: { add: { 'X-A': '{client.adress}' } } } }, 'routes[0].headers.request.add.X-A'],
  ['one that is set for the client', { upstream: 'app', headers: { response: { set: { 'X-A': '{client.adress}' } } } }, 'routes[0].headers.response.set.X-A'],
  ['the place of a redirect', { redirect: { to: '/{client.adress}' } }, 'routes[0].redirect.to'],
])('a variable that is none is an issue in %s', (_, route, path) => {
  const validation = validateConfig({ upstreams: { app: { targets: ['http://a'] } }, routes: [route] })
  if (validation.kind === 'valid') throw new Error('it was taken')
  expect(validation.issues.map(formatIssue)).toEqual([expect.stringMatching(/^\S+: .*names the variable "client\.adress", which is none; did you mean "client\.address"\?$/)])
  expect(validation.issues[0]!.path).toBe(path)
})
