// By what an operator may have requests counted.
import * as v from 'valibot'
import { limitKeyFault } from '../../limit-key.js'
import { checked } from '../../shape.js'

const limitKey = checked(limitKeyFault)

export const limitKeys = v.union([limitKey, v.pipe(v.array(limitKey), v.minLength(1, 'needs at least one key'))])

export const KEYS_TEXT =
  '"client-ip" (after trusted proxies; IPv6 by its /64), "identity" (who a filter before it found asks), "claim:NAME" of that one\'s token (a dot leads into a claim), "header:NAME", "cookie:NAME", "query:NAME", "path", "host" or, in a route\'s filters, "route" for all of it together; or a list, for each combination. Requests that lack it count together. Hazard: a client chooses its headers, cookies and queries, and a server may take other paths for the same, such as "/Login" or "/login/"; what must hold against one that wants to get round it goes by "client-ip" or "identity".'
