// Which names an authority may certify when it has seen that we answer for them.
import { parseAddress } from '../http/address.js'

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const HOST = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)*(?!\\d+$)${LABEL}$`, 'i')

/** What is wrong with a name, as the end of a sentence about it; undefined when nothing is. */
export function domainFault(text: string): string | undefined {
  if (text.startsWith('*.')) return 'is a wildcard, which authorities certify by a challenge in DNS (DNS-01) only, and the gateway does none: write each host, take "onDemand", or put a certificate of your own into "certificates"'
  if (parseAddress(text.replace(/^\[|\]$/g, ''))) return 'is an address; certificates are got for names'
  return HOST.test(text) ? undefined : 'is not a host such as "shop.example"; write other scripts as "xn--…"'
}
