// fetchgate/cache: the cache's decisions and stores, for use on their own.
export type { ForwardReason, Keep, KeepOut, Lookup } from './decision.js'
export { currentAgeSeconds, lifetimeSeconds, type Times } from './freshness.js'
export { varyNames } from './key.js'
export { type Candidate, mayStore } from './storable.js'
export { createMemoryStore, type MemoryStore } from './stores/memory.js'
