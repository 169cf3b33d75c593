import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../src/http/fields.js'
import { endToEnd } from '../../../src/http/hop-by-hop.js'

const HOP = ['Connection', 'Proxy-Connection', 'Keep-Alive', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade', 'Proxy-Authenticate', 'Proxy-Authentication-Info', 'Proxy-Authorization', 'Expect', 'HTTP2-Settings']

describe('endToEnd', () => {
  test.each(HOP)('%s ends here, in any case', (name) => {
    for (const written of [name, name.toLowerCase(), name.toUpperCase()]) expect(endToEnd(['A', '1', written, 'x', 'B', '2'])).toEqual(['A', '1', 'B', '2'])
  })

  test.each<[string, Fields, Fields]>([
    ['what Connection names goes with it', ['Connection', 'X-Hop, close', 'x-hop', '1', 'X-Hopper', '2'], ['X-Hopper', '2']],
    ['it may stand after what it names', ['X-Hop', '1', 'Connection', 'x-hop'], []],
    ['every Connection line counts', ['Connection', 'close', 'Connection', 'X-A', 'connection', 'X-B', 'X-A', '1', 'X-B', '2', 'X-C', '3'], ['X-C', '3']],
    ['keep-alive alone names nothing else', ['Connection', 'keep-alive', 'X-A', '1'], ['X-A', '1']],
    ['Host cannot be named away', ['Host', 'a', 'Connection', 'host'], ['Host', 'a']],
    ['neither can the length', ['Connection', 'Content-Length', 'Content-Length', '5'], ['Content-Length', '5']],
    ['nor who asks', ['Connection', 'Cookie, Authorization', 'Cookie', 'a=1', 'Authorization', 'Basic x'], ['Cookie', 'a=1', 'Authorization', 'Basic x']],
    ['nor what forbids storing', ['Connection', 'cache-control', 'Cache-Control', 'no-store'], ['Cache-Control', 'no-store']],
    ['of TE only the readiness for trailers goes on', ['TE', 'gzip;q=0.5, trailers', 'Connection', 'TE'], ['TE', 'trailers']],
    ['TE without trailers does not', ['TE', 'gzip, trailers-not'], []],
    ['nothing to take off leaves all', ['Accept', '*/*', 'Set-Cookie', 'a', 'Set-Cookie', 'b'], ['Accept', '*/*', 'Set-Cookie', 'a', 'Set-Cookie', 'b']],
  ])('%s', (_, fields, expected) => {
    expect(endToEnd(fields)).toEqual(expected)
  })

  test('what stays keeps order, case and number, and nothing of this hop stays', () => {
    const other = fc.constantFrom('Accept', 'x-a', 'X-A', 'Set-Cookie', 'Tea', 'Connect', 'Upgrader', 'Explain')
    const line = fc.tuple(fc.oneof(other, fc.constantFrom(...HOP.slice(1), 'te', 'EXPECT')), fc.constant('v'))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40, size: 'max' }), fc.subarray(['X-A', 'tea', 'close', 'Keep-Alive']), (lines, named) => {
        const nominated = new Set(named.map((name) => name.toLowerCase()))
        const gone = (name: string): boolean => HOP.some((hop) => hop.toLowerCase() === name.toLowerCase()) || nominated.has(name.toLowerCase())
        const fields = [...lines.flat(), ...(named.length > 0 ? ['Connection', named.join(', ')] : [])]
        expect(endToEnd(fields)).toEqual(lines.filter(([name]) => !gone(name)).flat())
      }),
    )
  })
})
