// A cache's policy as it is without any setting.
import type { Policy } from '../../src/cache/policy.js'

export const POLICY: Policy = {
  maxEntryBytes: 100,
  keepsCodings: false,
  tagBytes: undefined,
  storesCookies: false,
  obeysClients: false,
  heuristics: true,
  negativeSeconds: 0,
  silentSeconds: 0,
  earlyRefresh: 1,
  query: undefined,
  keyed: [],
  whileRevalidateSeconds: 0,
  tags: [],
  ifErrorSeconds: undefined,
  ifUnreachableSeconds: 3600,
  collapseMs: 5000,
  targetedFields: ['fetchgate-cache-control', 'cdn-cache-control'],
  written: new Map(),
}
