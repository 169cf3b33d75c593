// The texts of a challenge: what is signed, what a browser sends back, and when it holds. Nothing of it is stored anywhere.
import { parseAddress } from '../../http/address.js'
import { equalTexts } from '../equal-secrets.js'

/** How long a browser may take. */
export const SOLVE_WITHIN_MS = 300_000
/** How far the clocks of two gateways may be apart. */
const SKEW_MS = 30_000
/** 132 bits, so that challenge and number fit one block of SHA-256. */
const SEAL_LENGTH = 22

/** Who a challenge and its pass are for. */
export interface Bound {
  readonly host: string
  readonly difficulty: number
  readonly address: string | undefined
  readonly userAgent: string
}

/** The client as a text: its network in place of its address, which changes where many share some or one has many. */
export function bindingOf({ host, difficulty, address, userAgent }: Bound): string {
  return `${host}\n${difficulty}\n${networkOf(address)}\n${userAgent}`
}

/** The /24 of an IPv4 address, the /64 of an IPv6 one. */
function networkOf(text: string | undefined): string {
  const groups = text === undefined ? undefined : parseAddress(text)
  if (!groups) return ''
  const isV4 = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
  return isV4 ? `4 ${groups[6]!} ${groups[7]! >> 8}` : `6 ${groups.slice(0, 4).join(' ')}`
}

/** What a challenge that was given out at a time is signed over. */
export function challengeText(issued: string, binding: string): string {
  return `challenge\n${issued}\n${binding}`
}

/** What a pass that ends at a time is signed over. */
export function passText(expires: string, binding: string): string {
  return `pass\n${expires}\n${binding}`
}

/** The time as it stands in challenges and passes: seconds. */
export function stamp(ms: number): string {
  return Math.floor(ms / 1000).toString(36)
}

export function challengeOf(issued: string, signature: string): string {
  return `${issued}.${signature.slice(0, SEAL_LENGTH)}`
}

export interface Solution {
  /** The text whose hash is looked at. */
  readonly hashed: string
  readonly issued: string
  readonly issuedMs: number
  readonly seal: string
}

/** Reads `issued.seal:number`. Undefined when it is anything else, too old or not yet given out. */
export function readSolution(text: string, nowMs: number): Solution | undefined {
  const match = /^([a-z0-9]{1,9})\.([A-Za-z0-9_-]{22}):\d{1,12}$/.exec(text)
  if (!match) return undefined
  const issuedMs = parseInt(match[1]!, 36) * 1000
  return issuedMs > nowMs + SKEW_MS || issuedMs + SOLVE_WITHIN_MS < nowMs ? undefined : { hashed: text, issued: match[1]!, issuedMs, seal: match[2]! }
}

/** Whether a signature is the one that the seal was cut from. */
export function isSealed({ seal }: Solution, signature: string): boolean {
  return equalTexts(seal, signature.slice(0, SEAL_LENGTH))
}

/** How many bits at the beginning of a digest are zero, up to 32. */
export function leadingZeros(digest: Uint8Array): number {
  return Math.clz32(new DataView(digest.buffer, digest.byteOffset).getUint32(0))
}

export interface ReadPass {
  readonly expires: string
  readonly expiresMs: number
  readonly signature: string
}

/** Reads `expires.signature`. Undefined when it is anything else, over, or holds for longer than passes do. */
export function readPass(text: string, ttlMs: number, nowMs: number): ReadPass | undefined {
  const match = /^([a-z0-9]{1,9})\.([A-Za-z0-9_-]{43})$/.exec(text)
  if (!match) return undefined
  const expiresMs = parseInt(match[1]!, 36) * 1000
  return expiresMs <= nowMs || expiresMs > nowMs + ttlMs + SKEW_MS ? undefined : { expires: match[1]!, expiresMs, signature: match[2]! }
}
