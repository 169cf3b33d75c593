// Round robin: each upstream in its turn, by weight.
import type { Server } from '../ports.js'
import type { Pool } from './pool.js'

/**
 * The turn to take, as an index into the pool's schedule: the one at `tick`, or the next whose upstream was not tried
 * yet; -1 when all were. Over one cycle of turns taken one after another every upstream has exactly as many as its
 * weight says.
 */
export function nextTurn({ schedule, upstreams }: Pool, tick: number, tried: readonly Server[]): number {
  for (let i = 0; i < schedule.length; i++) {
    const turn = (tick + i) % schedule.length
    if (!tried.includes(upstreams[schedule[turn]!]!)) return turn
  }
  return -1
}
