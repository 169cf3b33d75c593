// A pool: the servers of one upstream, with the turn order that their weights give.
import type { Server } from '../ports.js'

/** A server of a pool. */
export interface Upstream extends Server {
  /** Share of the traffic; 0 takes none. */
  readonly weight: number
}

/** A frozen view of a pool. Reloads make another. */
export interface Pool {
  readonly name: string
  readonly upstreams: readonly Upstream[]
  /** The host names of all upstreams in lower case, by which an answer that names one is recognised. */
  readonly hostnames: ReadonlySet<string>
  /** Indexes into `upstreams` for one full cycle; see {@link smoothSchedule}. */
  readonly schedule: readonly number[]
}

/** Makes a pool of targets. */
export function createPool(name: string, targets: readonly { readonly url: string; readonly weight: number }[]): Pool {
  const upstreams = targets.map(({ url, weight }) => ({ ...serverAt(url), weight }))
  const hostnames = new Set(upstreams.map(({ authority }) => authority.replace(/:\d+$/, '')))
  return { name, upstreams, hostnames, schedule: smoothSchedule(upstreams.map(({ weight }) => weight)) }
}

function serverAt(text: string): Server {
  // A socket has no name to put into Host or a URL; "localhost" is what curl and nginx users see there.
  if (text.startsWith('unix:')) return { origin: text, authority: 'localhost', secure: false, hostname: 'localhost', port: 80, socketPath: text.slice('unix:'.length) }
  const url = new URL(text)
  const secure = url.protocol === 'https:'
  return { origin: url.origin, authority: url.host, secure, hostname: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (secure ? 443 : 80) }
}

/**
 * One cycle of smooth weighted round robin, nginx's order: each index stands as often as its weight (in lowest terms)
 * and as evenly spread as may be, so that weights 5, 1, 1 give a a b a c a a rather than five in a row.
 */
export function smoothSchedule(weights: readonly number[]): readonly number[] {
  const divisor = weights.reduce(greatestCommonDivisor, 0)
  if (divisor === 0) return []
  const shares = weights.map((weight) => weight / divisor)
  const total = shares.reduce((sum, share) => sum + share, 0)
  const current = shares.map(() => 0)
  return Array.from({ length: total }, () => {
    let chosen = 0
    for (let i = 0; i < shares.length; i++) {
      current[i]! += shares[i]!
      if (current[i]! > current[chosen]!) chosen = i
    }
    current[chosen]! -= total
    return chosen
  })
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
