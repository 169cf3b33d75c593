// Finds the route of a request, and settles what of the request goes upstream there.
import type { Exchange } from '../exchange.js'
import { hasOddName, withoutOddNames } from '../http/odd-names.js'
import type { Plan } from '../plan.js'
import { meets } from './conditions.js'
import { outgoingTarget, type Stray, stray } from './scope.js'
import type { Found, Table } from './table.js'

/** The plan of the route, undefined when there is none, or why the request is not let through to it. */
export function find(exchange: Exchange, routes: Table<Plan>): Plan | Stray | undefined {
  const found = lookup(exchange, exchange.target.path, routes)
  if (!found) return undefined
  const plan = found.value
  exchange.params = found.params
  exchange.notes.route = plan.name
  return settleFields(exchange, plan) ?? (exchange.target.readings ? settleTarget(exchange, plan, routes) : undefined) ?? plan
}

function lookup(exchange: Exchange, path: string, routes: Table<Plan>): Found<Plan> | undefined {
  return routes.find({ host: exchange.host.name, path }, (plan) => meets(exchange, plan.conditions))
}

function settleFields(exchange: Exchange, { oddNames }: Plan): Stray | undefined {
  if (!oddNames) return undefined
  if (oddNames.kind !== 'reject') exchange.fields = withoutOddNames(exchange.routedFields, oddNames)
  else if (hasOddName(exchange.sentFields)) return stray('normalization.oddHeaders: reject')
  return undefined
}

function settleTarget(exchange: Exchange, plan: Plan, routes: Table<Plan>): Stray | undefined {
  // Nobody else reads the path of a request that the route answers itself.
  const isLocal = plan.action.kind === 'redirect' || plan.action.kind === 'respond'
  const outgoing = outgoingTarget(exchange.target, plan.paths, (path) => isLocal || lookup(exchange, path, routes)?.value === plan)
  if ('kind' in outgoing) return outgoing
  exchange.outgoing = outgoing
  return undefined
}
