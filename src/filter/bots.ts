// Bots that are known by two things together: what they call themselves, and an address that their operator publishes.
import { parseCidr } from '../http/address.js'
import { networkFinder } from '../http/networks.js'

export interface Bot {
  readonly name: string
  /** Lower case. */
  readonly userAgent: string
  readonly isFrom: (address: string | undefined) => boolean
}

export function verifiable(bots: Readonly<Record<string, { readonly userAgent: string; readonly ip: readonly string[] }>>): readonly Bot[] {
  return Object.entries(bots).map(([name, { userAgent, ip }]) => ({ name, userAgent: userAgent.toLowerCase(), isFrom: addressMatcher(ip) }))
}

/** Whether a client's address is in one of the ranges; one that is not known is in none. */
export function addressMatcher(ranges: readonly string[]): (address: string | undefined) => boolean {
  const find = networkFinder(ranges.map((text) => parseCidr(text)!))
  return (address) => address !== undefined && find(address) !== undefined
}

/** Whether a request is the bot's: the name without the address is anybody's. `userAgent` is in lower case. */
export function isVerified(bot: Bot, userAgent: string, address: string | undefined): boolean {
  return userAgent.includes(bot.userAgent) && bot.isFrom(address)
}
