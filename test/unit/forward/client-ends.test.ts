import { expect, test } from 'vitest'
import { clientEnds } from '../../../src/forward/client-ends.js'
import { parseCidr } from '../../../src/http/address.js'
import type { Peer, Trust } from '../../../src/http/forwarded.js'
import type { Server } from '../../../src/ports.js'
import { exchangeOf } from '../../support/exchange.js'

const SERVER: Server = { origin: 'http://app.test', authority: 'app.test', secure: false, hostname: 'app.test', port: 80, proxyProtocol: 2 }
const LOCAL = { address: '192.0.2.1', port: 8080 }
const PEER: Partial<Peer> = { address: '10.0.0.9', port: 5000, local: LOCAL }
const TRUST: Trust = { kind: 'networks', networks: [parseCidr('10.0.0.0/8')!], source: 'either' }

test('the client is told with its port and where it connected to', () => {
  expect(clientEnds(exchangeOf({ info: { peer: PEER } }), SERVER)).toEqual({ source: { address: '10.0.0.9', port: 5000 }, destination: LOCAL })
})

test('a client behind a trusted proxy has no port', () => {
  const exchange = exchangeOf({ info: { peer: PEER }, trust: TRUST, fields: ['X-Forwarded-For', '203.0.113.7'] })
  expect(clientEnds(exchange, SERVER)).toEqual({ source: { address: '203.0.113.7', port: 0 }, destination: LOCAL })
})

test('what the platform does not tell is left out', () => {
  expect(clientEnds(exchangeOf({ info: { peer: { address: '10.0.0.9' } } }), SERVER)).toEqual({ source: { address: '10.0.0.9', port: 0 }, destination: undefined })
  expect(clientEnds(exchangeOf(), SERVER)).toBeUndefined()
})

test('a server that does not ask is told nothing', () => {
  expect(clientEnds(exchangeOf({ info: { peer: PEER } }), { ...SERVER, proxyProtocol: undefined })).toBeUndefined()
})
