// The platform's own `caches` as a store: Workers and Deno have them.
import type { OpenStore } from '../../ports.js'

/** The part of the platform's `caches` that is used; declared here because not every platform has it. */
interface PlatformCaches {
  open(name: string): Promise<Pick<globalThis.Cache, 'match' | 'put' | 'delete'>>
}

/** The platform's own `caches`, and no other store. */
export const openPlatformStore: OpenStore = (kind, name) => {
  const { caches } = globalThis as { caches?: PlatformCaches }
  if (kind !== 'platform' || !caches) return undefined
  const opened = caches.open(`fetchgate-${name}`)
  // Whoever uses the store is told; until then a failure here must not count as unhandled.
  opened.catch(() => {})
  return {
    match: async (key) => (await opened).match(key),
    put: async (key, response) => (await opened).put(key, response),
    delete: async (key) => (await opened).delete(key),
  }
}
