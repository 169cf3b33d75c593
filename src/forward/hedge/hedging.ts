// Hedging as a part that a gateway is given.
import { decideHedge, hedgePolicy } from './decision.js'
import { NO_ESTIMATE, observeLatency } from './latency.js'
import { race } from './stage.js'

export const hedging = { policyOf: hedgePolicy, decide: decideHedge, race, observe: observeLatency, noEstimate: NO_ESTIMATE }

export type Hedging = typeof hedging
