// Holds the state of each pool and asks the policy.
import type { Server } from '../ports.js'
import type { Pool } from './pool.js'
import { nextTurn } from './round-robin.js'

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
      const turn = nextTurn(pool, tick, tried)
      if (turn < 0) return undefined
      // A retry uses up the turn it takes. Left where it was, the share of a dead server would all go to its neighbour.
      tick = (turn + 1) % pool.schedule.length
      return pool.upstreams[pool.schedule[turn]!]
    },
  }
}
