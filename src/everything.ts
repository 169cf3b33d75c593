// All parts that a gateway can have.
import { follow } from './balance/discover/stage.js'
import { PoolHealthKeeper } from './balance/health/stage.js'
import { consistentHash } from './balance/policies/consistent-hash.js'
import { first } from './balance/policies/first.js'
import { leastRequests } from './balance/policies/least-requests.js'
import { maglev } from './balance/policies/maglev.js'
import { peakEwma } from './balance/policies/peak-ewma.js'
import { powerOfTwo } from './balance/policies/power-of-two.js'
import { random } from './balance/policies/random.js'
import { rendezvous } from './balance/policies/rendezvous.js'
import { roundRobin } from './balance/policies/round-robin.js'
import { PoolAdmission } from './balance/protect/stage.js'
import { caching } from './cache/caching.js'
import type { Parts } from './parts.js'

/** What `createGateway` and the runtimes' `start` build with. */
export const EVERYTHING: Parts = {
  policies: {
    'round-robin': roundRobin,
    random,
    'power-of-two': powerOfTwo,
    'least-requests': leastRequests,
    'peak-ewma': peakEwma,
    first,
    'consistent-hash': consistentHash,
    rendezvous,
    maglev,
  },
  health: (name, settings, ports) => new PoolHealthKeeper(name, settings, ports),
  admission: (name, settings, ports) => new PoolAdmission(name, settings, ports),
  follow,
  caching,
}
