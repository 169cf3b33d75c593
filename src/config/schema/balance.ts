// What an operator may say of balancing: the policy, sessions that stick, and how a target warms up.
import * as v from 'valibot'
import { isToken } from '../../http/tokens.js'
import { parseRequestKey } from '../request-key.js'
import { checked, closed, described, duration, setting } from '../shape.js'
import { whole } from './numbers.js'

/** The policies by name. */
export const POLICIES = ['round-robin', 'random', 'power-of-two', 'least-requests', 'peak-ewma', 'first', 'consistent-hash', 'rendezvous', 'maglev'] as const

export type PolicyName = (typeof POLICIES)[number]

const policyName = v.picklist(POLICIES)

/** How a target is chosen. */
export const balance = v.union([
  policyName,
  closed({
    policy: described(policyName, 'The policy.'),
    by: setting(
      checked((text) => (parseRequestKey(text) ? undefined : 'is not "client-ip", "path", "header:NAME", "cookie:NAME" or "query:NAME"')),
      'What the hashing policies hash: "client-ip" (default; IPv6 by its /64), "path", "header:NAME", "cookie:NAME" or "query:NAME". A request without it goes to a target by chance.',
    ),
    boundPercent: setting(whole(100, 1000), 'Consistent hashing only: a target with more than this share of the average of requests under way is passed over. Default 150.'),
  }),
])

/** Sessions that stay with a target. */
export const sticky = closed({
  cookie: described(checked((text) => (isToken(text) ? undefined : 'is not a cookie name')), 'Name of the cookie that keeps a client with its target. Opaque; `HttpOnly`, `SameSite=Lax`, `Path=/`, and `Secure` when the client came by TLS. Set anew when the target is gone.'),
  secret: setting(v.pipe(v.string(), v.minLength(16, 'must have at least 16 characters')), 'What the cookies are signed with. Gateways with the same secret know each other\'s cookies. Default: made at start, so that a restart sets new cookies.'),
  maxAge: setting(duration, 'How long the browser keeps it. Default: until it is closed.'),
})

/** How a target that has come back gets its traffic. */
export const slowStart = v.union([duration, closed({ over: described(duration, 'Time in which its share grows from a tenth to the whole.') })])
