// Whether what listens on an address can be reached from this machine only.
import { parseAddress } from './address.js'

/** `localhost`, 127.0.0.0/8 and ::1, with or without brackets. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare === '::1' || (/^127\./.test(bare) && parseAddress(bare) !== undefined)
}

/** Whether a host is written as an address, which no name server can make lead elsewhere. */
export function isAddress(host: string): boolean {
  return parseAddress(host.replace(/^\[|\]$/g, '')) !== undefined
}
