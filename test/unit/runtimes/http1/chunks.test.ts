import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Chunks } from '../../../../runtimes/http1/chunks.js'

/** Reads pieces one after another, as far as the body goes; what came behind it as a text, or what is wrong. */
function read(pieces: readonly Buffer[]): { data: string; trailers: readonly string[]; behind: string; ended: boolean } | string {
  const chunks = new Chunks()
  const data: Buffer[] = []
  let behind = ''
  for (const piece of pieces) {
    const at = chunks.read(piece, 0, (bytes) => data.push(bytes))
    if (typeof at === 'string') return at
    behind += piece.toString('latin1', at)
  }
  return { data: Buffer.concat(data).toString('latin1'), trailers: chunks.trailers, behind, ended: chunks.ended }
}

const whole = (text: string) => read([Buffer.from(text, 'latin1')])

describe('chunks', () => {
  test('a body is the same however it is cut on its way', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }), fc.array(fc.nat(300), { maxLength: 20 }), fc.boolean(), (bodies, cuts, trailed) => {
        const lines = bodies.map((bytes) => `${bytes.length.toString(16)}${bytes.length % 2 ? ';a="b"' : ''}\r\n${Buffer.from(bytes).toString('latin1')}\r\n`)
        const bytes = Buffer.from(`${lines.join('')}0\r\n${trailed ? 'X-T: 1\r\nY: 2\r\n' : ''}\r\nnext`, 'latin1')
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        expect(read(at.slice(1).map((end, i) => bytes.subarray(at[i], end)))).toEqual({ data: Buffer.concat(bodies).toString('latin1'), trailers: trailed ? ['X-T', '1', 'Y', '2'] : [], behind: 'next', ended: true })
      }),
    )
  })

  test('a body that breaks off has not ended', () => {
    for (const text of ['', '5', '5\r\nhel', '5\r\nhello\r\n', '0\r\n', '0\r\nX: 1\r\n']) expect(whole(text)).toMatchObject({ ended: false })
  })

  test.each(['zz\r\n', '\r\n', '5\n', '+5\r\n', '0x5\r\n', ' 5\r\n', '-1\r\n', '1_0\r\n', '1234567890abc\r\n', '5;\0\r\n', '5;a\nb\r\n', '2\r\nabc\r\n', '2\r\nab\n', '0\r\nX : 1\r\n\r\n', '0\r\nX: 1\n\r\n\r\n', '0\n\n', `${'1'.repeat(20_000)}`, `0\r\n${'X: 1\r\n'.repeat(5000)}`])('what another reader could cut in another way is a fault: %j', (text) => {
    expect(whole(text)).toBeTypeOf('string')
  })
})
