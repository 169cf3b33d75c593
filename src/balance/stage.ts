// Holds the state of each pool and asks the policy.
import type { Server } from '../ports.js'
import type { Pool } from './pool.js'
import { pickRoundRobin } from './round-robin.js'

/** Chooses servers of one pool. */
export interface Balancer {
  readonly pool: Pool
  /** The server for the next attempt, none of `tried`; undefined when there is none left. */
  pick(tried: readonly Server[]): Server | undefined
}

/** A balancer with a turn counter of its own. */
export function createBalancer(pool: Pool): Balancer {
  let tick = 0
  return {
    pool,
    pick(tried) {
      const upstream = pickRoundRobin(pool, tick, tried)
      // A retry takes the next in turn without moving the turn of others.
      if (tried.length === 0) tick = (tick + 1) % Math.max(1, pool.schedule.length)
      return upstream
    },
  }
}
