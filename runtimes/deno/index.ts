// fetchgate on Deno: Deno.serve and fetch, or node:http on both sides.
import type { Start } from '../shared/adapter.js'
import { asksForStrict, startGateway } from '../shared/listen.js'
import { createNodeHttpTransport } from '../node-http/client.js'
import { serveNodeHttp } from '../node-http/serve.js'
import { serveDeno, unsupportedByDeno } from './serve.js'
import { createDenoTransport } from './transport.js'

export type { Listener, Running, Start, StartOptions } from '../shared/adapter.js'
export { ListenError } from '../shared/listen.js'
export { createDenoTransport } from './transport.js'

/** Starts a gateway on Deno. Listeners are `native` (Deno.serve) unless they ask for `strict` (node:http). */
export const start: Start = async (config, { ports = {} } = {}) => {
  const transport = asksForStrict(config) ? createNodeHttpTransport() : createDenoTransport()
  try {
    const running = await startGateway(
      config,
      { transport, ...ports },
      (gateway, options) => (options.adapter === 'strict' ? serveNodeHttp : serveDeno)(gateway, options),
      unsupportedByDeno,
    )
    return { ...running, close: () => running.close().finally(() => transport.close()) }
  } catch (error) {
    transport.close()
    throw error
  }
}
