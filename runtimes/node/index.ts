// fetchgate on Node: node:http in front, undici's dispatch behind.
import type { Start } from '../shared/adapter.js'
import { startGateway } from '../shared/listen.js'
import { serveNodeHttp } from '../node-http/serve.js'
import { createUndiciTransport } from './transport.js'

export type { Listener, Running, Start, StartOptions } from '../shared/adapter.js'
export { ListenError } from '../shared/listen.js'
export { createUndiciTransport } from './transport.js'

/** Starts a gateway on Node 20.18 or later. Both listener adapters are `node:http` here. */
export const start: Start = (config, options = {}) => startGateway(config, options, { createTransport: createUndiciTransport, open: serveNodeHttp })
