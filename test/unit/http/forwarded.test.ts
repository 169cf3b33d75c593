import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCidr } from '../../../src/http/address.js'
import type { Fields } from '../../../src/http/fields.js'
import { clientBehind, forwardedFields, type ForwardingSource, isForwardingField, isTrustedPeer, type Peer, type Trust, TRUST_NOBODY } from '../../../src/http/forwarded.js'

const NETWORKS = [parseCidr('10.0.0.0/8')!, parseCidr('fd00::/8')!]
const oursWriting = (source: ForwardingSource): Trust => ({ kind: 'networks', networks: NETWORKS, source })
const OURS = oursWriting('either')
const hops = (count: number, source: ForwardingSource = 'either'): Trust => ({ kind: 'hops', hops: count, source })
const PROXY: Peer = { address: '10.0.0.1', scheme: 'http' }
const STRANGER: Peer = { address: '203.0.113.9', scheme: 'http' }

/** Whatever a client may put into the fields that tell where a request came from. */
const told = fc.array(fc.constantFrom('"', '\\', ',', ';', '=', ' ', 'for=', 'proto=https', 'host=evil.example', '10.0.0.7', '198.51.100.1', '[fd00::1]', 'https', 'http', 'unknown', '_x', ':80', '%'), { maxLength: 8 }).map((parts) => parts.join(''))
const fieldName = fc.constantFrom('Forwarded', 'forwarded', 'X-Forwarded-For', 'x-forwarded-for', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Real-IP')
const forwardingFields = fc.array(fc.tuple(fieldName, told), { maxLength: 5 }).map((pairs) => pairs.flat())

describe('isTrustedPeer', () => {
  test.each<[Trust, string | undefined, boolean]>([
    [TRUST_NOBODY, '127.0.0.1', false],
    [TRUST_NOBODY, undefined, false],
    [hops(1), undefined, true],
    [OURS, '10.1.2.3', true],
    [OURS, '::ffff:10.1.2.3', true],
    [OURS, 'fd00::1', true],
    [OURS, '11.0.0.1', false],
    [OURS, undefined, false],
    [OURS, 'not an address', false],
    [{ kind: 'networks', networks: [], source: 'either' }, '10.0.0.1', false],
  ])('%j trusts %s: %s', (trust, address, trusted) => {
    expect(isTrustedPeer(trust, { address, scheme: 'http' })).toBe(trusted)
  })
})

describe('clientBehind', () => {
  test('an untrusted peer cannot tell us another address, scheme or host, whatever it sends', () => {
    const trust = fc.constantFrom<Trust>(TRUST_NOBODY, OURS, { kind: 'networks', networks: [], source: 'either' })
    fc.assert(
      fc.property(trust, fc.constantFrom<Peer>(STRANGER, { address: '2001:db8::9', scheme: 'https' }, { address: undefined, scheme: 'http' }), forwardingFields, (whom, peer, fields) => {
        expect(clientBehind(whom, peer, 'gate.example', fields)).toEqual({ address: peer.address, scheme: peer.scheme, host: 'gate.example' })
      }),
    )
  })

  test('a client cannot hide behind a trusted proxy that appends to X-Forwarded-For', () => {
    fc.assert(
      fc.property(told, (sent) => {
        const fields = ['X-Forwarded-For', `${sent}, 203.0.113.9`]
        expect(clientBehind(OURS, PROXY, 'gate.example', fields).address).toBe('203.0.113.9')
        expect(clientBehind(hops(1), PROXY, 'gate.example', fields).address).toBe('203.0.113.9')
      }),
    )
  })

  test('nor behind one that appends to Forwarded', () => {
    const appended = fc.constantFrom<[string, string]>(['for=203.0.113.9;proto=http;host=a.example', '203.0.113.9'], ['for="[2001:db8::9]:4711";proto=http;host="a.example"', '2001:db8::9'])
    fc.assert(
      fc.property(told, appended, fc.boolean(), (sent, [element, address], ownLine) => {
        const fields = ownLine ? ['Forwarded', sent, 'Forwarded', element] : ['Forwarded', `${sent}, ${element}`]
        expect(clientBehind(OURS, PROXY, 'gate.example', fields)).toEqual({ address, scheme: 'http', host: 'a.example' })
      }),
    )
  })

  const appendedTo = (field: string, sent: string, element: string, ownLine: boolean): Fields => (ownLine ? [field, sent, field, element] : [field, `${sent}, ${element}`])

  test.each<ForwardingSource>(['x-forwarded-for', 'either'])('nor may it choose its address through Forwarded, which a proxy that appends to X-Forwarded-For passes on (source %s)', (source) => {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 3 }), told, fc.boolean(), (forwarded, sent, ownLine) => {
        const fields = [...forwarded.flatMap((value) => ['Forwarded', value]), ...appendedTo('X-Forwarded-For', sent, '203.0.113.9', ownLine)]
        for (const trust of [oursWriting(source), hops(1, source)]) {
          const client = clientBehind(trust, PROXY, 'gate.example', fields)
          expect(client).toEqual({ address: '203.0.113.9', scheme: 'http', host: 'gate.example' })
        }
      }),
    )
  })

  test('nor through X-Forwarded-For and its like, which a proxy that appends to Forwarded passes on', () => {
    const others = fc.array(fc.tuple(fc.constantFrom('X-Forwarded-For', 'x-forwarded-for', 'X-Forwarded-Proto', 'X-Forwarded-Host'), told), { maxLength: 4 }).map((pairs) => pairs.flat())
    fc.assert(
      fc.property(others, told, fc.boolean(), (fields, sent, ownLine) => {
        const all = [...fields, ...appendedTo('Forwarded', sent, 'for=203.0.113.9;proto=http;host=a.example', ownLine)]
        for (const trust of [oursWriting('forwarded'), hops(1, 'forwarded')]) {
          expect(clientBehind(trust, PROXY, 'gate.example', all)).toEqual({ address: '203.0.113.9', scheme: 'http', host: 'a.example' })
        }
      }),
    )
  })

  const BOTH: Fields = ['Forwarded', 'for=198.51.100.1;proto=https;host=evil.example', 'X-Forwarded-For', '203.0.113.9']

  test.each<[string, ForwardingSource, Fields, string]>([
    ['X-Forwarded-For before Forwarded', 'either', BOTH, '203.0.113.9'],
    ['Forwarded where there is nothing else', 'either', BOTH.slice(0, 2), '198.51.100.1'],
    ['an empty X-Forwarded-For before Forwarded all the same', 'either', [...BOTH.slice(0, 2), 'X-Forwarded-For', ''], '10.0.0.1'],
    ['X-Forwarded-For alone', 'x-forwarded-for', BOTH, '203.0.113.9'],
    ['no Forwarded where X-Forwarded-For is missing', 'x-forwarded-for', BOTH.slice(0, 2), '10.0.0.1'],
    ['Forwarded alone', 'forwarded', BOTH, '198.51.100.1'],
    ['no X-Forwarded-For where Forwarded is missing', 'forwarded', BOTH.slice(2), '10.0.0.1'],
  ])('reads %s (source %s)', (_, source, fields, address) => {
    expect(clientBehind(oursWriting(source), PROXY, 'gate.example', fields).address).toBe(address)
  })

  test.each<[string, Trust, Peer, Fields, string | undefined]>([
    ['a trusted peer without fields is the client', OURS, PROXY, [], '10.0.0.1'],
    ['the entry of the proxy counts', OURS, PROXY, ['X-Forwarded-For', '203.0.113.9'], '203.0.113.9'],
    ['entries left of the first stranger are inventions', OURS, PROXY, ['X-Forwarded-For', '10.9.9.9, 198.51.100.1, 203.0.113.9'], '203.0.113.9'],
    ['trusted entries are walked through', OURS, PROXY, ['X-Forwarded-For', '203.0.113.9, 10.0.0.3, 10.0.0.2'], '203.0.113.9'],
    ['a chain of ours only ends at its far end', OURS, PROXY, ['X-Forwarded-For', '10.0.0.3, 10.0.0.2'], '10.0.0.3'],
    ['an unreadable entry ends the walk', OURS, PROXY, ['X-Forwarded-For', '203.0.113.9, unknown, 10.0.0.2'], '10.0.0.2'],
    ['lines are one chain', OURS, PROXY, ['X-Forwarded-For', '203.0.113.9', 'x-forwarded-for', '10.0.0.2'], '203.0.113.9'],
    ['ports are cut off', OURS, PROXY, ['X-Forwarded-For', '203.0.113.9:4711'], '203.0.113.9'],
    ['IPv6 in brackets with a port', OURS, PROXY, ['X-Forwarded-For', '[2001:db8::9]:4711'], '2001:db8::9'],
    ['IPv6 bare', OURS, PROXY, ['X-Forwarded-For', '2001:db8::9'], '2001:db8::9'],
    ['one hop takes the last entry', hops(1), STRANGER, ['X-Forwarded-For', '198.51.100.1, 203.0.113.1'], '203.0.113.1'],
    ['two hops take the last but one', hops(2), STRANGER, ['X-Forwarded-For', '198.51.100.1, 203.0.113.1'], '198.51.100.1'],
    ['more hops than entries take the first', hops(5), STRANGER, ['X-Forwarded-For', '198.51.100.1, 203.0.113.1'], '198.51.100.1'],
    ['hops do not ask for the peer\'s address', hops(1), { address: undefined, scheme: 'http' }, ['X-Forwarded-For', '203.0.113.9'], '203.0.113.9'],
    ['Forwarded is read', OURS, PROXY, ['Forwarded', 'for=203.0.113.9'], '203.0.113.9'],
    ['Forwarded names and quotes are read in any form', OURS, PROXY, ['Forwarded', 'Proto=HTTPS ; FOR="[2001:db8::9]:80"'], '2001:db8::9'],
    ['Forwarded with an obfuscated node keeps the proxy', OURS, PROXY, ['Forwarded', 'for=_hidden'], '10.0.0.1'],
    ['Forwarded is a chain too', OURS, PROXY, ['Forwarded', 'for=198.51.100.1, for=203.0.113.9, for=10.0.0.2'], '203.0.113.9'],
  ])('address: %s', (_, trust, peer, fields, address) => {
    expect(clientBehind(trust, peer, 'gate.example', fields).address).toBe(address)
  })

  test.each<[string, Fields, 'http' | 'https', string]>([
    ['nothing told', [], 'http', 'gate.example'],
    ['X-Forwarded-Proto and -Host', ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'shop.example:8443'], 'https', 'shop.example:8443'],
    ['without an address', ['X-Forwarded-Proto', 'HTTPS', 'X-Forwarded-Host', 'shop.example'], 'https', 'shop.example'],
    ['one scheme for each hop: that of the hop that saw the client', ['X-Forwarded-For', '203.0.113.9, 10.0.0.2', 'X-Forwarded-Proto', 'https, http'], 'https', 'gate.example'],
    ['one scheme for all hops', ['X-Forwarded-For', '203.0.113.9, 10.0.0.2', 'X-Forwarded-Proto', 'https'], 'https', 'gate.example'],
    ['a scheme that the client sent before the proxy appended', ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'https, http'], 'http', 'gate.example'],
    ['a client\'s address and scheme before those of two proxies', ['X-Forwarded-For', '198.51.100.1, 203.0.113.9, 10.0.0.2', 'X-Forwarded-Proto', 'https, http'], 'https', 'gate.example'],
    ['a scheme that is none', ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'ftp'], 'http', 'gate.example'],
    ['a host that is none', ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Host', 'a/b'], 'http', 'gate.example'],
    ['the host nearest to us', ['X-Forwarded-Host', 'evil.example, shop.example'], 'http', 'shop.example'],
    ['Forwarded of the hop that saw the client', ['Forwarded', 'for=203.0.113.9;proto=https;host="shop.example:8443", for=10.0.0.2;proto=http;host=inner.example'], 'https', 'shop.example:8443'],
    ['Forwarded with an unreadable node', ['Forwarded', 'for=unknown;proto=https;host=shop.example'], 'https', 'shop.example'],
  ])('scheme and host: %s', (_, fields, scheme, host) => {
    const client = clientBehind(OURS, PROXY, 'gate.example', fields)
    expect([client.scheme, client.host]).toEqual([scheme, host])
  })
})

describe('forwardedFields', () => {
  const client = { address: '203.0.113.9', scheme: 'https', host: 'shop.example' } as const
  const incoming: Fields = ['X-Forwarded-For', '198.51.100.1', 'Forwarded', 'for=198.51.100.1']

  test.each<[Parameters<typeof forwardedFields>[0], boolean, Peer, Fields]>([
    ['none', true, PROXY, []],
    ['x-forwarded', false, STRANGER, ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'shop.example']],
    ['x-forwarded', true, PROXY, ['X-Forwarded-For', '198.51.100.1, 10.0.0.1', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'shop.example']],
    ['x-forwarded', false, { address: undefined, scheme: 'http' }, ['X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'shop.example']],
    ['forwarded', false, STRANGER, ['Forwarded', 'for=203.0.113.9;host=shop.example;proto=https']],
    ['forwarded', true, { address: 'fd00::1', scheme: 'http' }, ['Forwarded', 'for=198.51.100.1, for="[fd00::1]";host=shop.example;proto=https']],
    ['forwarded', false, { address: undefined, scheme: 'http' }, ['Forwarded', 'for=unknown;host=shop.example;proto=https']],
    ['both', false, STRANGER, ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'shop.example', 'Forwarded', 'for=203.0.113.9;host=shop.example;proto=https']],
  ])('style %s, trusted %s, peer %j', (style, trusted, peer, expected) => {
    expect(forwardedFields(style, trusted, peer, client, incoming)).toEqual(expected)
  })

  test('a host with a port or brackets is quoted, as its grammar asks', () => {
    const fields = forwardedFields('forwarded', false, STRANGER, { ...client, host: '[::1]:8443' }, [])
    expect(fields[1]).toBe('for=203.0.113.9;host="[::1]:8443";proto=https')
  })

  test('nothing of what an untrusted peer sent is repeated', () => {
    fc.assert(
      fc.property(fc.constantFrom('both', 'x-forwarded', 'forwarded', 'none'), forwardingFields, (style, fields) => {
        expect(forwardedFields(style, false, STRANGER, client, fields)).toEqual(forwardedFields(style, false, STRANGER, client, []))
      }),
    )
  })

  test('the next gateway that trusts us finds the same client', () => {
    const peer = fc.constantFrom<Peer>({ address: '203.0.113.9', scheme: 'https' }, { address: '2001:db8::9', scheme: 'http' })
    fc.assert(
      fc.property(peer, fc.constantFrom('shop.example', 'shop.example:8443', '[::1]:8443'), fc.constantFrom('both', 'forwarded', 'x-forwarded'), (from, host, style) => {
        const here = clientBehind(TRUST_NOBODY, from, host, [])
        expect(clientBehind(OURS, PROXY, 'inner.example', forwardedFields(style, false, from, here, []))).toEqual(here)
      }),
    )
  })
})

test.each([
  ['x-forwarded-for', true],
  ['x-forwarded-proto', true],
  ['x-forwarded-anything', true],
  ['forwarded', true],
  ['x-real-ip', true],
  ['x-forward', false],
  ['accept', false],
])('whether %s tells where a request came from: %s', (name, forwarding) => {
  expect(isForwardingField(name)).toBe(forwarding)
})
