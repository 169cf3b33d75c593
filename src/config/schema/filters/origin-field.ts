// The names of header fields that filters may set for the origin.
import { isForwardingField } from '../../../http/forwarded.js'
import { endToEnd } from '../../../http/hop-by-hop.js'
import { isToken } from '../../../http/tokens.js'
import { checked } from '../../shape.js'

/** Fields of the message itself and of this gateway, whatever a service says of them. */
const NOT_TO_COPY: ReadonlySet<string> = new Set(['host', 'content-length', 'via', 'x-request-id', 'te'])

/** A header that a filter may set for the origin. */
export const originField = checked((text) => {
  if (!isToken(text)) return 'is not a header name'
  const lower = text.toLowerCase()
  return NOT_TO_COPY.has(lower) || isForwardingField(lower) || endToEnd([text, '']).length === 0 ? 'is a header that the gateway writes itself' : undefined
})
