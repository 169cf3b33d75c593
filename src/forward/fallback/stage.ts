// Carries a request that its upstream failed to those that stand in for it.
import { GatewayError } from '../../errors.js'
import type { Exchange } from '../../exchange.js'
import type { Forward } from '../../plan.js'
import type { Answer, OutboundRequest } from '../../ports.js'
import { carry, type Effects } from '../stage.js'
import { hasFailed, mayAskAnother } from './decision.js'

/** Asks the upstream, then those that stand in for it, until one has an answer that counts. The last outcome stands. */
export async function carryOrFallBack(exchange: Exchange, plan: Forward, effects: Effects, inform?: OutboundRequest['inform']): Promise<Answer | GatewayError> {
  const { fallback } = plan
  let outcome = await carry(exchange, plan, effects, inform)
  if (!fallback) return outcome
  for (const instead of fallback.forwards) {
    if (!hasFailed(toldBy(outcome), fallback.on) || !mayAskAnother({ outcome: toldBy(outcome), method: exchange.method, bodyIsRead: exchange.body?.used ?? false })) break
    if (!(outcome instanceof GatewayError)) outcome.body?.cancel()
    outcome = await carry(exchange, instead, effects, inform)
  }
  if (outcome instanceof GatewayError || !fallback.respond || !fallback.on.has(outcome.status)) return outcome
  outcome.body?.cancel()
  return new GatewayError('destination_unavailable', { message: `the status ${outcome.status} counts as no answer here` })
}

function toldBy(outcome: Answer | GatewayError): GatewayError | number {
  return outcome instanceof GatewayError ? outcome : outcome.status
}
