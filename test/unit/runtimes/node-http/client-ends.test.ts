import { expect, test } from 'vitest'
import { clientEnds } from '../../../../runtimes/node-http/client-ends.js'
import { parseCidr } from '../../../../src/http/address.js'
import type { Peer, Trust } from '../../../../src/http/forwarded.js'
import { exchangeOf } from '../../../support/exchange.js'

const LOCAL = { address: '192.0.2.1', port: 8080 }
const PEER: Partial<Peer> = { address: '10.0.0.9', port: 5000, local: LOCAL }
const TRUST: Trust = { kind: 'networks', networks: [parseCidr('10.0.0.0/8')!], source: 'either' }

test('the client has its port, and where it connected to', () => {
  expect(clientEnds(exchangeOf({ info: { peer: PEER } }))).toEqual({ source: { address: '10.0.0.9', port: 5000 }, destination: LOCAL })
})

test('a client behind a trusted proxy has no port', () => {
  const exchange = exchangeOf({ info: { peer: PEER }, trust: TRUST, fields: ['X-Forwarded-For', '203.0.113.7'] })
  expect(clientEnds(exchange)).toEqual({ source: { address: '203.0.113.7', port: 0 }, destination: LOCAL })
})

test('what the platform does not tell is left out', () => {
  expect(clientEnds(exchangeOf({ info: { peer: { address: '10.0.0.9' } } }))).toEqual({ source: { address: '10.0.0.9', port: 0 }, destination: undefined })
  expect([clientEnds(exchangeOf()), clientEnds({})]).toEqual([undefined, undefined])
})
