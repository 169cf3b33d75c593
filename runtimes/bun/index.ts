// fetchgate on Bun: Bun.serve and fetch, or node:http on both sides.
import type { Start } from '../shared/adapter.js'
import { startEither } from '../shared/start-either.js'
import { serveBun, unsupportedByBunHttp, unsupportedByBunServe } from './serve.js'
import { createBunTransport } from './transport.js'

export type { Listener, Running, Start, StartOptions } from '../shared/adapter.js'
export { ListenError } from '../shared/listen.js'
export { createBunTransport } from './transport.js'

/** Starts a gateway on Bun. Listeners are `native` (Bun.serve) unless they ask for `strict` (node:http). */
export const start: Start = startEither({
  createTransport: createBunTransport,
  open: serveBun,
  unsupported: (settings) => (settings.adapter === 'strict' ? unsupportedByBunHttp : unsupportedByBunServe)(settings),
  informs: ({ adapter }) => adapter === 'strict',
})
