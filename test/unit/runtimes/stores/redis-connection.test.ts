import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readReply, type Reply, type ReplyRead } from '../../../../runtimes/stores/redis-connection.js'
import { cuts, cutInto } from '../../../support/pieces.js'

/** A reply as a server writes it; a failure is an Error, and may stand in a list. */
type Sent = string | number | Buffer | null | Error | Sent[]

function written(sent: Sent): string {
  if (sent === null) return '$-1\r\n'
  if (typeof sent === 'string') return `+${sent}\r\n`
  if (typeof sent === 'number') return `:${sent}\r\n`
  if (sent instanceof Error) return `-${sent.message}\r\n`
  if (Array.isArray(sent)) return `*${sent.length}\r\n${sent.map(written).join('')}`
  return `$${sent.byteLength}\r\n${sent.toString('latin1')}\r\n`
}

/** What is made of it: the first failure in a list is that of the list. */
function understood(sent: Sent): Reply | Error {
  if (!Array.isArray(sent)) return sent
  const items = sent.map(understood)
  return items.find((item) => item instanceof Error) ?? (items as Reply[])
}

const line = fc.stringMatching(/^[ -~]{0,20}$/)
const bulk = fc.oneof(fc.uint8Array({ maxLength: 100, size: 'max' }), fc.constantFrom(...['\r\n', '$3\r\n', '\r', '*2\r\n:1\r\n'].map((text) => Buffer.from(text)))).map((bytes) => Buffer.from(bytes))
const single = fc.oneof<fc.Arbitrary<Sent>[]>(bulk, bulk, line, fc.integer(), fc.constant(null))
const failure = line.map((text) => new Error(text))
const listOf = (item: fc.Arbitrary<Sent>): fc.Arbitrary<Sent> => fc.array(item, { maxLength: 8 })
const reply = fc.oneof<fc.Arbitrary<Sent>[]>(single, single, failure, listOf(fc.oneof(single, single, single, failure)), listOf(listOf(listOf(single))))

/** Every reply in bytes that come in pieces, and how it ends. */
function readAll(pieces: readonly Buffer[]): { replies: (Reply | Error)[]; end: ReplyRead } {
  const replies: (Reply | Error)[] = []
  let bytes = Buffer.alloc(0)
  let read: ReplyRead = 'incomplete'
  for (const piece of pieces) {
    bytes = Buffer.concat([bytes, piece])
    for (read = readReply(bytes); typeof read !== 'string'; read = readReply(bytes)) {
      expect(read.bytes).toBeGreaterThan(0)
      replies.push(read.reply)
      bytes = bytes.subarray(read.bytes)
    }
    if (read === 'malformed') break
  }
  return { replies, end: read }
}

describe('replies', () => {
  test('are those that were sent, each once and in order, however the bytes come', () => {
    fc.assert(
      fc.property(fc.array(reply, { minLength: 1, maxLength: 20, size: 'max' }), cuts, (sent, lengths) => {
        const bytes = Buffer.from(sent.map(written).join(''), 'latin1')
        expect(readAll(cutInto(bytes, lengths))).toEqual({ replies: sent.map(understood), end: 'incomplete' })
      }),
    )
  })

  test('of any bytes are the same however they come, and nothing makes the reader throw', () => {
    const noise = fc.array(fc.constantFrom('*', '$', ':', '+', '-', '0', '1', '2', '9', '\r\n', '\r', '\n', 'a', '$1\r\na\r\n', '*1\r\n', ':1\r\n'), { maxLength: 60, size: 'max' }).map((parts) => Buffer.from(parts.join('')))
    fc.assert(fc.property(noise, cuts, (bytes, lengths) => void expect(readAll(cutInto(bytes, lengths))).toEqual(readAll([bytes]))), { numRuns: 1000 })
  })

  test.each(['HTTP/1.1 400 Bad Request\r\n', '$a\r\n', '$\r\n', '*x\r\n', '*1e3\r\n', ':1.5\r\n', '$9999999999999999\r\n', '$1\r\nabc', '?1\r\n', '\r\n', '*1\r\n'.repeat(100_000)])('there are none in %j', (text) => {
    expect(readReply(Buffer.from(text))).toBe('malformed')
  })
})
