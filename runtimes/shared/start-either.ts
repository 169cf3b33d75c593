// `start` where there are two listeners to choose from: the runtime's own, or node:http on both sides.
import { namesFor } from '../dns/names.js'
import { createNodeHttpTransport } from '../node-http/client.js'
import { Connector } from '../node-http/connector.js'
import { serveNodeHttp } from '../node-http/serve.js'
import type { Start } from './adapter.js'
import { asksForStrict, type Runtime, startGateway } from './listen.js'

/** Makes the `start` of a runtime of its own server and client. As soon as one listener is `strict`, requests of all go upstream over `node:http`. */
export function startEither(native: Runtime): Start {
  const either: Runtime = {
    ...native,
    createTransport: (config) => (asksForStrict(config) ? createNodeHttpTransport(new Connector(namesFor(config))) : native.createTransport(config)),
    open: (gateway, options) => (options.adapter === 'strict' ? serveNodeHttp : native.open)(gateway, options),
  }
  return (config, options = {}) => startGateway(config, options, either)
}
