import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { parseAddress } from '../../../../src/http/address.js'
import { decodeReply, encodeQuery } from '../../../../runtimes/dns/message.js'

const u16 = (value: number): number[] => [value >> 8, value & 255]
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)]
const label = (text: string): number[] => [text.length, ...Buffer.from(text)]
const OWNER = [0xc0, 12]
const record = (owner: number[], type: number, ttl: number, content: number[]): number[] => [...owner, ...u16(type), ...u16(1), ...u32(ttl), ...u16(content.length), ...content]

/** An answer to `app.test`. */
function answer({ id = 7, flags = 0x8180, type = 1, answers = [] as number[][], authorities = [] as number[][] }): Buffer {
  const question = [...label('app'), ...label('test'), 0, ...u16(type), ...u16(1)]
  return Buffer.from([...u16(id), ...u16(flags), ...u16(1), ...u16(answers.length), ...u16(authorities.length), ...u16(0), ...question, ...answers.flat(), ...authorities.flat()])
}

describe('a question', () => {
  test('is written as RFC 1035 §4.1.2 says', () => {
    expect(encodeQuery(0x1234, 'app.test.', 'AAAA')?.toString('hex')).toBe(['1234', '0100', '0001', '0000', '0000', '0000', '03617070', '0474657374', '00', '001c', '0001'].join(''))
  })

  test.each(['', '.', 'a..b', 'x'.repeat(64), `${'a.'.repeat(127)}ab`])('cannot be asked of %j', (name) => {
    expect(encodeQuery(1, name, 'A')).toBeUndefined()
  })

  test('comes back as its own echo with no records', () => {
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z0-9-]{1,20}$/), { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 65535 }), fc.constantFrom('A', 'AAAA', 'SRV'), (labels, id, type) => {
      const name = labels.join('.')
      const echo = encodeQuery(id, name, type)!
      echo[2]! |= 0x80
      expect(decodeReply(echo, id, name.toUpperCase(), type)).toEqual({ kind: 'records', records: [], exists: true, ttlSeconds: undefined })
    }))
  })
})

describe('an answer', () => {
  test('gives addresses and the shortest lifetime', () => {
    const bytes = answer({ answers: [record(OWNER, 1, 60, [10, 0, 0, 1]), record(OWNER, 1, 30, [10, 0, 0, 2])] })
    expect(decodeReply(bytes, 7, 'app.test', 'A')).toEqual({ kind: 'records', records: ['10.0.0.1', '10.0.0.2'], exists: true, ttlSeconds: 30 })
  })

  test('gives IPv6 addresses in their canonical form', () => {
    const bytes = answer({ type: 28, answers: [record(OWNER, 28, 5, [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])] })
    expect(decodeReply(bytes, 7, 'app.test', 'AAAA')).toMatchObject({ records: ['2001:db8::1'] })
  })

  test('gives services', () => {
    const bytes = answer({ type: 33, answers: [record(OWNER, 33, 5, [...u16(10), ...u16(60), ...u16(8080), ...label('a'), ...label('test'), 0])] })
    expect(decodeReply(bytes, 7, 'app.test', 'SRV')).toMatchObject({ records: [{ priority: 10, weight: 60, port: 8080, target: 'a.test' }] })
  })

  test('is followed through aliases, and lives no longer than they', () => {
    const inner = [...label('inner'), ...label('test'), 0]
    const bytes = answer({ answers: [record(OWNER, 5, 3, inner), record(inner, 1, 60, [10, 0, 0, 3]), record([...label('other'), 0], 1, 1, [6, 6, 6, 6])] })
    expect(decodeReply(bytes, 7, 'app.test', 'A')).toEqual({ kind: 'records', records: ['10.0.0.3'], exists: true, ttlSeconds: 3 })
  })

  test('that there is nothing lives as long as the zone says (RFC 2308 §5)', () => {
    const start = record(OWNER, 6, 100, [0, 0, ...u32(1), ...u32(2), ...u32(3), ...u32(4), ...u32(20)])
    expect(decodeReply(answer({ flags: 0x8183, authorities: [start] }), 7, 'app.test', 'A')).toEqual({ kind: 'records', records: [], exists: false, ttlSeconds: 20 })
  })

  test.each([
    ['another id', answer({ id: 8 })],
    ['another type', answer({ type: 28 })],
    ['a question', answer({ flags: 0x0100 })],
    ['a record beyond its end', answer({ answers: [record(OWNER, 1, 60, [10, 0, 0, 1]).slice(0, -2)] })],
    ['an address of three bytes', answer({ answers: [record(OWNER, 1, 60, [10, 0, 0])] })],
    ['a name that is its own end', answer({ answers: [record([0xc0, 26], 1, 60, [10, 0, 0, 1])] })],
    ['a name with a slash in it', answer({ type: 33, answers: [record(OWNER, 33, 5, [...u16(1), ...u16(1), ...u16(80), ...label('a/b'), 0])] })],
  ])('with %s is none', (_, bytes) => {
    expect(decodeReply(bytes, 7, 'app.test', bytes.readUInt16BE(22) === 33 ? 'SRV' : 'A')).toEqual({ kind: 'stray' })
  })

  test('for another name is none', () => {
    expect(decodeReply(answer({}), 7, 'app.other', 'A')).toEqual({ kind: 'stray' })
  })

  test.each([[0x8380, { kind: 'truncated' }], [0x8182, { kind: 'failure', code: 2 }], [0x8185, { kind: 'failure', code: 5 }]])('with flags %s says so', (flags, reply) => {
    expect(decodeReply(answer({ flags }), 7, 'app.test', 'A')).toEqual(reply)
  })

  test('of any bytes whatever never throws, and gives nothing that is no host', () => {
    const inner = [...label('inner'), ...label('test'), 0]
    const whole = {
      A: answer({ answers: [record(OWNER, 5, 3, inner), record(inner, 1, 60, [10, 0, 0, 3]), record(OWNER, 1, 60, [10, 0, 0, 1])] }),
      AAAA: answer({ type: 28, answers: [record(OWNER, 28, 5, new Array<number>(16).fill(7)), record(OWNER, 28, 5, new Array<number>(16).fill(0))] }),
      SRV: answer({ type: 33, answers: [record(OWNER, 33, 5, [...u16(10), ...u16(60), ...u16(8080), ...label('a'), ...OWNER]), record(OWNER, 33, 5, [...u16(1), ...u16(1), ...u16(80), ...OWNER])], authorities: [record(OWNER, 6, 100, [0, 0, ...u32(1), ...u32(2), ...u32(3), ...u32(4), ...u32(20)])] }),
    }
    const changes = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 12, 63, 64, 0xc0, 0xff), fc.nat(255))), { maxLength: 6 })
    fc.assert(fc.property(fc.constantFrom('A', 'AAAA', 'SRV'), changes, fc.nat(300), fc.uint8Array({ maxLength: 300, size: 'max' }), fc.boolean(), (type, changed, kept, noise, isCut) => {
      const bytes = Buffer.from(whole[type])
      // What makes it the answer to the question stays, so that the rest is read.
      for (const [at, byte] of changed) bytes[at % 8 === 7 ? 6 + (at % 6) : 26 + (at % (bytes.byteLength - 26))] = byte
      const reply = decodeReply(isCut ? Buffer.concat([bytes.subarray(0, kept), noise]) : bytes, 7, 'app.test', type)
      expect(['records', 'truncated', 'failure', 'stray']).toContain(reply.kind)
      if (reply.kind !== 'records') return
      for (const one of reply.records) {
        if (typeof one === 'string') expect(parseAddress(one)).toBeDefined()
        else expect(one.target).toMatch(/^([\w-]{1,63}(\.[\w-]{1,63})*)?$/)
      }
      expect(reply.ttlSeconds ?? 0).toBeGreaterThanOrEqual(0)
    }), { numRuns: 1000 })
  })

  test('whose names jump from place to place without end is none', () => {
    const jumps = (count: number): Buffer => {
      const chain = Array.from({ length: count }, (_, i) => u16(0xc000 + (i === 0 ? 12 : 37 + 2 * i))).flat()
      const last = u16(0xc000 + 37 + 2 * count)
      return answer({ answers: [record([0], 16, 60, [0, 0, ...chain]), record(last, 1, 60, [10, 0, 0, 1])] })
    }
    expect([decodeReply(jumps(100), 7, 'app.test', 'A'), decodeReply(jumps(200), 7, 'app.test', 'A')]).toEqual([{ kind: 'records', records: ['10.0.0.1'], exists: true, ttlSeconds: 60 }, { kind: 'stray' }])
  })
})
