// Exchanges for tests of single stages: opened by the real code, from as little as a case cares about.
import { type Exchange, type Opening, openExchange, type RequestInfo } from '../../src/exchange.js'
import type { Fields } from '../../src/http/fields.js'
import { type Trust, TRUST_NOBODY } from '../../src/http/forwarded.js'
import type { Payload } from '../../src/http/payload.js'

export interface Asked {
  readonly method?: string
  readonly target?: string
  readonly host?: string
  /** Field lines beside Host. */
  readonly fields?: Fields
  readonly body?: Payload
  readonly signal?: AbortSignal
  readonly info?: RequestInfo
  readonly trust?: Trust
  readonly nowMs?: number
  readonly id?: string
}

/** What opening takes from a gateway that nobody has configured. */
export const opening = ({ trust = TRUST_NOBODY, nowMs = 1000, id = 'id-1' }: Pick<Asked, 'trust' | 'nowMs' | 'id'> = {}): Opening => ({ trust, oddNames: { kind: 'keep' }, nowMs, newId: () => id })

/** An exchange; throws when the request is one that is refused. */
export function exchangeOf({ method = 'GET', target = '/', host = 'gate.example', fields = [], body, signal, info = {}, ...given }: Asked = {}): Exchange {
  const opened = openExchange({ method, target, fields: ['Host', host, ...fields], body, signal }, info, opening(given))
  if ('error' in opened) throw opened.error
  return opened
}
