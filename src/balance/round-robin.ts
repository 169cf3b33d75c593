// Round robin: each upstream in its turn, by weight.
import type { Server } from '../ports.js'
import type { Pool, Upstream } from './pool.js'

/**
 * The upstream whose turn it is at `tick`, or the next in turn that was not tried yet; undefined when all were.
 * Over one cycle of consecutive ticks every upstream is chosen exactly as often as its weight says.
 */
export function pickRoundRobin(pool: Pool, tick: number, tried: readonly Server[]): Upstream | undefined {
  const { schedule, upstreams } = pool
  for (let i = 0; i < schedule.length; i++) {
    const upstream = upstreams[schedule[(tick + i) % schedule.length]!]!
    if (!tried.includes(upstream)) return upstream
  }
  return undefined
}
