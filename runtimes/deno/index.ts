// fetchgate on Deno: Deno.serve and fetch, or node:http on both sides.
import type { Start } from '../shared/adapter.js'
import { startEither } from '../shared/start-either.js'
import { serveDeno, unsupportedByDeno } from './serve.js'
import { createDenoTransport } from './transport.js'

export type { Listener, Running, Start, StartOptions } from '../shared/adapter.js'
export { ListenError } from '../shared/listen.js'
export { createDenoTransport } from './transport.js'

/** Starts a gateway on Deno. Listeners are `native` (Deno.serve) unless they ask for `strict` (node:http). */
export const start: Start = startEither({
  createTransport: createDenoTransport,
  open: serveDeno,
  unsupported: unsupportedByDeno,
  informs: ({ adapter }) => adapter === 'strict',
})
