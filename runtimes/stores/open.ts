// The stores of runtimes that have files and sockets.
import type { OpenCounters, OpenStore } from '../../src/index.js'
import { openPlatformStore } from '../../src/adapter.js'
import { openDiskStore } from './disk.js'
import { openRedisStore } from './redis.js'
import { openRedisCounters } from './redis-counters.js'

export const openStore: OpenStore = (kind, name, settings) => {
  switch (kind) {
    case 'disk':
      return openDiskStore(settings.path ?? '', settings.maxBytes)
    case 'redis':
      return openRedisStore(settings.url ?? '', name)
    case 'platform':
      return openPlatformStore(kind, name, settings)
  }
}

export const openCounters: OpenCounters = (_kind, name, { url, timeoutMs }) => openRedisCounters(url, name, timeoutMs)
