// From the shares of a route to what chooses among its upstreams.
import { parseRequestKey } from '../config/request-key.js'
import type { Forward, Split } from '../plan.js'
import { chooseArm, splitPoint } from '../route/split.js'

/** `forwardTo` compiles the route with one of its upstreams. */
export function compileSplit(shares: readonly { name: string; weight: number }[], splitBy: string | undefined, forwardTo: (upstream: string) => Forward): Split {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0)
  let reached = 0
  const arms = shares.map(({ name, weight }) => ({ upTo: (reached += weight) / total, forward: forwardTo(name) }))
  const by = splitBy === undefined ? undefined : parseRequestKey(splitBy)
  return { kind: 'split', choose: (exchange, random) => chooseArm(arms, splitPoint(exchange, by, random)) }
}
