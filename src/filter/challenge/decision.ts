// Which requests a challenge is not for.
import type { FilterConfig } from '../../config/schema.js'
import type { Exchange } from '../../exchange.js'
import { fieldValue } from '../../http/fields.js'
import { allowRule } from '../access/rule.js'
import { PASS, type Rule } from '../verdict.js'
import { type Bot, isVerified, verifiable } from './bots.js'

type ChallengeConfig = NonNullable<FilterConfig['challenge']>

/** Who passes without. */
export interface Exemptions {
  readonly rules: readonly Rule[]
  /** Lower case. */
  readonly userAgents: readonly string[]
  readonly bots: readonly Bot[]
}

export function exemptions({ exempt: { path, ip, userAgent = [] } = {}, verifiedBots = {} }: Pick<ChallengeConfig, 'exempt' | 'verifiedBots'>): Exemptions {
  return {
    rules: [...(path?.length ? [allowRule({ path })] : []), ...(ip?.length ? [allowRule({ ip })] : [])],
    userAgents: userAgent.map((part) => part.toLowerCase()),
    bots: verifiable(verifiedBots),
  }
}

export function isExempt(exchange: Exchange, { rules, userAgents, bots }: Exemptions): boolean {
  for (const rule of rules) if (rule(exchange) === PASS) return true
  if (userAgents.length === 0 && bots.length === 0) return false
  const userAgent = (fieldValue(exchange.fields, 'user-agent') ?? '').toLowerCase()
  return userAgents.some((part) => userAgent.includes(part)) || bots.some((bot) => isVerified(bot, userAgent, exchange.client.address))
}
