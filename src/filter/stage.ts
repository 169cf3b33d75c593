// Runs rules in order, and keeps what they make of a request. The first that refuses or answers ends it.
import type { After, Exchange } from '../exchange.js'
import type { Answer } from '../ports.js'
import type { Refusal, Reply, Rule, Verdict } from './verdict.js'

/** How the rules end the request, or undefined when it may pass. A promise only where a rule had to wait. */
export function check(exchange: Exchange, rules: readonly Rule[]): Refusal | Reply | undefined | Promise<Refusal | Reply | undefined> {
  for (let i = 0; i < rules.length; i++) {
    const verdict = rules[i]!(exchange)
    if (verdict instanceof Promise) return checkOn(exchange, rules, i + 1, verdict)
    const end = keep(exchange, verdict)
    if (end) return end
  }
  return undefined
}

async function checkOn(exchange: Exchange, rules: readonly Rule[], from: number, first: Promise<Verdict>): Promise<Refusal | Reply | undefined> {
  return keep(exchange, await first) ?? check(exchange, rules.slice(from))
}

function keep(exchange: Exchange, verdict: Verdict): Refusal | Reply | undefined {
  if (verdict.kind !== 'pass') return verdict
  const { fields, body, identity, after, trial } = verdict
  if (fields) exchange.fields = exchange.routedFields = fields
  if (body) exchange.body = body
  if (identity) exchange.identity = identity
  if (after) exchange.after = exchange.after ? [after, ...exchange.after] : [after]
  if (trial !== undefined) exchange.notes.trial = exchange.notes.trial === undefined ? trial : `${exchange.notes.trial}; ${trial}`
  return undefined
}

/** The answer as the filters that let its request pass want it, the last of them first. Where one fails, the others are granted theirs of the answer to that. */
export async function settle(answer: Answer, wishes: readonly After[], failed: (error: unknown) => Answer): Promise<Answer> {
  let settled = answer
  for (const wish of wishes) {
    try {
      settled = await wish(settled)
    } catch (error) {
      // Nobody reads it any more.
      settled.body?.cancel(error)
      settled.tunnel?.cancel()
      settled = failed(error)
    }
  }
  return settled
}
