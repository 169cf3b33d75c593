// What an operator may say of a cache.
import * as v from 'valibot'
import { closed, setting, size } from '../shape.js'

/** A cache. */
export const cacheStore = closed({
  store: setting(v.picklist(['memory', 'platform']), 'Where entries live: "memory" (this process; default) or "platform" (the runtime\'s own `caches`, where there is one).'),
  maxSize: setting(size, 'Most that all entries may take together, memory store only. Default "64MiB".'),
  maxEntrySize: setting(size, 'Largest body that is stored. Default "4MiB".'),
})
