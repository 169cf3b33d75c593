// `start` where there are two listeners to choose from: the runtime's own, or node:http on both sides.
import type { Gateway, Transport } from '../../src/index.js'
import { createNodeHttpTransport } from '../node-http/client.js'
import { serveNodeHttp } from '../node-http/serve.js'
import type { Server, Start } from './adapter.js'
import { asksForStrict, type ListenOptions, startGateway, type Unsupported } from './listen.js'

/** A runtime's own server and client. */
export interface Native {
  createTransport(): Transport & { close(): void | Promise<void> }
  serve(gateway: Gateway, options: ListenOptions): Server | Promise<Server>
  /** Asked of every listener, whichever adapter it names. */
  readonly unsupported: Unsupported
}

/** Makes the `start` of a runtime. As soon as one listener is `strict`, requests of all go upstream over `node:http`. */
export function startEither({ createTransport, serve, unsupported }: Native): Start {
  return async (config, { ports = {} } = {}) => {
    const transport = asksForStrict(config) ? createNodeHttpTransport() : createTransport()
    try {
      const open = (gateway: Gateway, options: ListenOptions): Server | Promise<Server> => (options.adapter === 'strict' ? serveNodeHttp : serve)(gateway, options)
      const running = await startGateway(config, { transport, ...ports }, open, unsupported)
      return { ...running, close: () => running.close().finally(() => transport.close()) }
    } catch (error) {
      await transport.close()
      throw error
    }
  }
}
