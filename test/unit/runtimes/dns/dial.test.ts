import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { dial } from '../../../../runtimes/dns/dial.js'
import { Names } from '../../../../runtimes/dns/names.js'
import { startBlackHole } from '../../../support/black-hole.js'

const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** A server on one address of the loopback. */
async function serverOn(host: string, port: number): Promise<Server> {
  const server = createServer((socket) => void socket.on('error', () => {}))
  server.listen(port, host)
  await once(server, 'listening')
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return server
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** A name with these addresses, which become others when it is asked for again. */
function namesWith(...answers: string[][]): Names {
  return new Names({
    resolve: async (_: string, type: string) => ({ records: (type === 'A' ? (answers.length > 1 ? answers.shift()! : answers[0]!) : []) as never[], ttlMs: 60_000 }),
  }, { minTtlMs: 0, maxTtlMs: 60_000 })
}

async function connectTo(names: Names, port: number): Promise<{ address: string | undefined; ms: number }> {
  const beganMs = performance.now()
  const socket = await dial('app.test', port, names.of('app.test')).connected
  const ms = performance.now() - beganMs
  const address = socket.remoteAddress
  socket.destroy()
  return { address, ms }
}

/** A silent port of 127.0.0.1, on which 127.0.0.2 answers. */
async function holeBesideServer(): Promise<number> {
  const hole = await startBlackHole()
  closing.push(() => hole.close())
  const port = Number(new URL(hole.url).port)
  await serverOn('127.0.0.2', port)
  return port
}

test('an address that is silent costs a quarter of a second, and then stands behind', async () => {
  const port = await holeBesideServer()
  const names = namesWith(['127.0.0.1', '127.0.0.2'])
  const first = await connectTo(names, port)
  expect(first.address).toBe('127.0.0.2')
  expect(first.ms).toBeGreaterThan(200)
  const second = await connectTo(names, port)
  expect(second.address).toBe('127.0.0.2')
  expect(second.ms).toBeLessThan(200)
})

test('an address that refuses costs nothing', async () => {
  const port = portOf(await serverOn('127.0.0.2', 0))
  const { address, ms } = await connectTo(namesWith(['127.0.0.3', '127.0.0.2']), port)
  expect(address).toBe('127.0.0.2')
  expect(ms).toBeLessThan(200)
})

test('addresses that are slow both stay in the race, and the first to connect wins', async () => {
  const port = portOf(await serverOn('127.0.0.2', 0))
  await serverOn('127.0.0.3', port)
  expect(await connectTo(namesWith(['127.0.0.2', '127.0.0.3']), port)).toMatchObject({ address: '127.0.0.2' })
})

test.each([['refuses', '127.0.0.3'], ['is silent', '127.0.0.1']])('a name that has moved is followed at once when its old address %s', async (_, old) => {
  const port = await holeBesideServer()
  expect(await connectTo(namesWith([old], ['127.0.0.2']), port)).toMatchObject({ address: '127.0.0.2' })
})

test('when all fail, the error of the first is told', async () => {
  const port = portOf(await serverOn('127.0.0.2', 0))
  await expect(connectTo(namesWith(['127.0.0.3', '127.0.0.4']), port)).rejects.toMatchObject({ code: 'ECONNREFUSED', address: '127.0.0.3' })
  await expect(dial('127.0.0.3', port, undefined).connected).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('what is given up connects to nothing', async () => {
  const server = await serverOn('127.0.0.2', 0)
  let connections = 0
  server.on('connection', () => connections++)
  const given = dial('app.test', portOf(server), namesWith(['127.0.0.2']).of('app.test'))
  given.cancel()
  expect(await connectTo(namesWith(['127.0.0.2']), portOf(server))).toMatchObject({ address: '127.0.0.2' })
  expect(connections).toBe(1)
})
