import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Node, TemplateParser } from '../../../src/includes/parser.js'

/** The pieces as text, so that how text is cut makes no difference. */
const shown = (nodes: readonly Node[]): string => nodes.map((node) => {
  if (node.kind === 'text') return new TextDecoder('latin1').decode(node.bytes)
  if (node.kind === 'try') return `{try ${shown(node.attempt)} | ${shown(node.except)}}`
  return `{${node.src}${node.alt === undefined ? '' : ` or ${node.alt}`}${node.isOptional ? ' or nothing' : ''}}`
}).join('')
const parsed = (chunks: readonly Uint8Array[]): string => {
  const parser = new TemplateParser()
  return shown([...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()])
}
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

test.each([
  ['a<esi:include src="/x"/>b', 'a{/x}b'],
  ['<esi:include src=\'/x?a=1&amp;b=2\' alt="/y" onerror="continue" ></esi:include>', '{/x?a=1&b=2 or /y or nothing}'],
  ['<esi:include src="/a>b"/>', '{/a>b}'],
  ['a<esi:remove><p><esi:include src="/x"/></p></esi:remove>b', 'ab'],
  ['a<esi:comment text="b"/>c', 'ac'],
  ['a<!--esi <p><esi:include src="/x"/></p> --><!-- kept -->-->', 'a <p>{/x}</p> <!-- kept -->-->'],
  ['<esi:try> <esi:attempt>a<esi:include src="/x"/></esi:attempt> <esi:except>b</esi:except><esi:except>c</esi:except></esi:try>', '{try a{/x} | b}'],
  ['<esi:try><esi:attempt><esi:try><esi:attempt>a</esi:attempt></esi:try></esi:attempt><esi:except>b', '{try {try a | } | b}'],
  ['<esi:includes src="/x"/><ESI:include src="/x"/><esi:vars>$(A)</esi:vars><esi:', '<esi:includes src="/x"/><ESI:include src="/x"/><esi:vars>$(A)</esi:vars><esi:'],
  ['<esi:include src="/x', '<esi:include src="/x'],
  ['<!--esix --> </esi:try></esi:attempt> <<esi:include src="/x"/>', '<!--esix -->  <{/x}'],
  [`<esi:include src="/${'x'.repeat(5000)}"/>`, `<esi:include src="/${'x'.repeat(5000)}"/>`],
])('%s', (template, pieces) => {
  expect(parsed([bytes(template)])).toBe(pieces)
})

test('how a template is cut makes no difference, and text passes byte for byte', () => {
  const piece = fc.oneof(fc.constantFrom('<esi:include src="/x"/>', '<esi:include src="/y" onerror="continue">', '<esi:', '</esi:', 'include ', 'src="', '/>', '>', '<', '"', "'", '<!--esi ', '<!--', '-->', '--', '-', '<esi:remove>', '</esi:remove>', '<esi:try>', '<esi:attempt>', '</esi:attempt>', '<esi:except>', '</esi:except>', '</esi:try>', '<esi:comment text="a"/>'), fc.string({ unit: 'binary-ascii', maxLength: 3 }), fc.constant('\xff\xe9'))
  fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(200), { maxLength: 10 }), (pieces, cuts) => {
    const whole = bytes(pieces.join(''))
    const places = [0, ...cuts.map((cut) => cut % (whole.byteLength + 1)).sort((a, b) => a - b), whole.byteLength]
    const expected = parsed([whole])
    expect(parsed(places.slice(1).map((end, i) => whole.subarray(places[i], end)))).toBe(expected)
    expect(parsed([...whole].map((byte) => Uint8Array.of(byte)))).toBe(expected)
    if (!/<(esi|\/esi|!--esi)/.test(pieces.join(''))) expect(expected).toBe(pieces.join(''))
  }), { numRuns: 1000 })
})

test('what is tried is held up to a limit', () => {
  const parser = new TemplateParser()
  parser.push(bytes('<esi:try><esi:attempt>'))
  expect(() => { for (let i = 0; i < 17; i++) parser.push(new Uint8Array(64 * 1024)) }).toThrow('1048576')
})
