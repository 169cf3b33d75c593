// Bots that are known by two things together: what they call themselves, and an address that their operator publishes.
import { addressMatcher } from '../address-matcher.js'

export interface Bot {
  readonly name: string
  /** Lower case. */
  readonly userAgent: string
  readonly isFrom: (address: string | undefined) => boolean
}

export function verifiable(bots: Readonly<Record<string, { readonly userAgent: string; readonly ip: readonly string[] }>>): readonly Bot[] {
  return Object.entries(bots).map(([name, { userAgent, ip }]) => ({ name, userAgent: userAgent.toLowerCase(), isFrom: addressMatcher(ip) }))
}

/** Whether a request is the bot's: the name without the address is anybody's. `userAgent` is in lower case. */
export function isVerified(bot: Bot, userAgent: string, address: string | undefined): boolean {
  return userAgent.includes(bot.userAgent) && bot.isFrom(address)
}
