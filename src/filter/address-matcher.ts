// Whether a client's address is in one of the ranges that an operator has written.
import { parseCidr } from '../http/address.js'
import { networkFinder } from '../http/networks.js'

/** An address that is not known is in none. */
export function addressMatcher(ranges: readonly string[]): (address: string | undefined) => boolean {
  const find = networkFinder(ranges.map((text) => parseCidr(text)!))
  return (address) => address !== undefined && find(address) !== undefined
}
