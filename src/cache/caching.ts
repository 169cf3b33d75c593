// The cache as a part that a gateway is given: the smallest bundle does without it.
import type { CacheStore, Ports } from '../ports.js'
import { OriginFetch } from './fetch/stage.js'
import { Invalidator, type TargetOf } from './invalidator/stage.js'
import type { Policy } from './policy.js'
import { Shelf } from './shelf/stage.js'
import { RouteCache } from './stage.js'
import { entriesOf } from './stores/entry-store.js'
import { createMemoryStore } from './stores/memory.js'

type Effects = Pick<Ports, 'clock' | 'observe' | 'newId'>

export const caching = {
  createMemoryStore,
  openShelf: (store: CacheStore, effects: Effects) => new Shelf(entriesOf(store), effects),
  createInvalidator: (shelves: Iterable<Shelf>, targetOf: TargetOf) => new Invalidator(shelves, targetOf),
  createCache: (shelf: Shelf, policy: Policy, partition: string, invalidator: Invalidator, effects: Effects) => 
    new RouteCache(shelf, policy, partition, new OriginFetch(shelf, policy, partition, invalidator, effects), effects),
}

export type Caching = typeof caching
