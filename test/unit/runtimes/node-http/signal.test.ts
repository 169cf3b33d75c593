// The signal of a request on a connection that carries several: never that of another one.
import { createServer, type IncomingMessage, request as httpRequest, Agent, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { NodeRequest } from '../../../../runtimes/node-http/request.js'

describe('the signal of a request', () => {
  it('tells of a client that leaves later on its connection, and leaves those alone that listen to an earlier request', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = async () => {
      const client = httpRequest({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent }).end()
      client.on('error', () => {})
      const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
      return { client, response, signal: new NodeRequest(request, response).signal }
    }
    const answered = async ({ client, response }: Awaited<ReturnType<typeof ask>>) => {
      const closed = once(response, 'close')
      response.end()
      const [answer] = (await once(client, 'response')) as [IncomingMessage]
      answer.resume()
      await Promise.all([closed, once(answer, 'end')])
    }
    const first = await ask()
    let told = 0
    first.signal.addEventListener('abort', () => told++)
    await answered(first)
    const second = await ask()
    await answered(second)
    const third = await ask()
    expect(third.signal.aborted).toBe(false)
    const left = once(third.signal, 'abort')
    third.client.destroy()
    await left
    expect(third.signal.aborted).toBe(true)
    expect(first.signal.aborted).toBe(false)
    expect(told).toBe(0)
    agent.destroy()
    server.close()
  })
})
