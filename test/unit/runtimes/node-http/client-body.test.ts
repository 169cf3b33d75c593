import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { GatewayError } from '../../../../src/index.js'
import { IncomingBody } from '../../../../runtimes/node-http/client-body.js'

test('what still comes of a body that was given up is let go', async () => {
  const incoming = Object.assign(new PassThrough(), { rawHeaders: [], rawTrailers: [], complete: true })
  const thrown: unknown[] = []
  const observer = { moved: () => {}, held: () => {}, cancelled: () => {}, failure: () => new GatewayError('http_response_incomplete') }
  const reader = new IncomingBody(incoming, observer).stream().getReader()
  incoming.write('first')
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('first')
  await reader.cancel()
  for (const event of ['data', 'end']) {
    for (const listener of incoming.listeners(event) as ((chunk: Buffer) => void)[]) {
      try {
        listener(Buffer.from('late'))
      } catch (error) {
        thrown.push(error)
      }
    }
  }
  expect(thrown).toEqual([])
})
