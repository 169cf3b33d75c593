// Takes certificates that were merely claimed off requests where clients show real ones: servers behind such a listener may believe them.
import { PASS, type Verdict } from '../verdict.js'
import type { Exchange } from '../../exchange.js'
import { cleanedFields } from './field.js'

/** Stands before all filters where a listener asks clients for certificates. What a proxy of ours says is for its filter to judge. */
export function withoutUnbelieved(exchange: Exchange): Verdict {
  const fields = exchange.peerTrusted ? undefined : cleanedFields(exchange)
  return fields ? { kind: 'pass', fields } : PASS
}
