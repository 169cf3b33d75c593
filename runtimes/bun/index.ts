// fetchgate on Bun: Bun.serve and fetch, or node:http on both sides.
import type { Start } from '../shared/adapter.js'
import { asksForStrict, startGateway } from '../shared/listen.js'
import { createNodeHttpTransport } from '../node-http/client.js'
import { serveNodeHttp } from '../node-http/serve.js'
import { serveBun, unsupportedByBunServe } from './serve.js'
import { createBunTransport } from './transport.js'

export type { Listener, Running, Start, StartOptions } from '../shared/adapter.js'
export { ListenError } from '../shared/listen.js'
export { createBunTransport } from './transport.js'

/** Starts a gateway on Bun. Listeners are `native` (Bun.serve) unless they ask for `strict` (node:http). */
export const start: Start = async (config, { ports = {} } = {}) => {
  const transport = asksForStrict(config) ? createNodeHttpTransport() : createBunTransport()
  try {
    const running = await startGateway(
      config,
      { transport, ...ports },
      (gateway, options) => (options.adapter === 'strict' ? serveNodeHttp : serveBun)(gateway, options),
      (settings) => (settings.adapter === 'strict' ? {} : unsupportedByBunServe(settings)),
    )
    return { ...running, close: () => running.close().finally(() => transport.close()) }
  } catch (error) {
    transport.close()
    throw error
  }
}
