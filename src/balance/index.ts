// fetchgate/balance: pools and policies, for use on their own.
export { createPool, type Pool, smoothSchedule, type Upstream } from './pool.js'
export { nextTurn } from './round-robin.js'
