// From what an operator says of a cache to the policy that its decisions take.
import type { Policy } from '../cache/policy.js'
import type { CacheConfig } from '../config/schema.js'
import { parseRequestKey } from '../config/request-key.js'
import { compileText, type EditPlan } from '../variables.js'

const DEFAULT_ENTRY_BYTES = 4 * 1024 ** 2
const DEFAULT_UNREACHABLE_MS = 24 * 60 * 60 * 1000
const DEFAULT_COLLAPSE_MS = 5000
const DEFAULT_TARGETED = ['fetchgate-cache-control', 'cdn-cache-control']
const PLAIN = { keepsCodings: false, tagBytes: undefined }
const NO_EDITS: EditPlan = { remove: new Set(), set: [], append: [] }

/** What may be said of a cache beside where it is: times in milliseconds and sizes in bytes, as a checked configuration has them. */
export type CacheSettings = Omit<CacheConfig, 'store' | 'maxSize' | 'memory' | 'path' | 'url'>

/** The policy of a route with these settings, which edits requests as told; `forms` is what else it makes of answers. */
export function cachePolicy(settings: CacheSettings = {}, requestEdits: EditPlan = NO_EDITS, forms: Pick<Policy, 'keepsCodings' | 'tagBytes'> = PLAIN): Policy {
  return {
    ...forms,
    maxEntryBytes: settings.maxEntrySize ?? DEFAULT_ENTRY_BYTES,
    storesCookies: settings.storeSetCookie ?? false,
    obeysClients: settings.clientControl === 'full',
    heuristics: settings.heuristics ?? true,
    negativeSeconds: (settings.negativeTtl ?? 0) / 1000,
    earlyRefresh: settings.earlyRefresh ?? 1,
    silentSeconds: (settings.ttl ?? 0) / 1000,
    query: settings.ignoreQuery || settings.sortQuery ? { ignore: settings.ignoreQuery ?? [], sort: settings.sortQuery ?? false } : undefined,
    keyed: (settings.key ?? []).map(keyedName).sort(),
    tags: (settings.tags ?? []).map(compileText),
    ifErrorSeconds: settings.staleIfError === undefined ? undefined : settings.staleIfError / 1000,
    whileRevalidateSeconds: (settings.staleWhileRevalidate ?? 0) / 1000,
    ifUnreachableSeconds: (settings.staleIfUnreachable ?? DEFAULT_UNREACHABLE_MS) / 1000,
    collapseMs: collapseMsOf(settings.collapse),
    targetedFields: settings.targets?.map((name) => name.toLowerCase()) ?? DEFAULT_TARGETED,
    written: writtenFields(requestEdits),
  }
}

function collapseMsOf(setting: boolean | number = true): number {
  return typeof setting === 'number' ? setting : setting ? DEFAULT_COLLAPSE_MS : 0
}

/** Names of fields hold no colon, so that a cookie is told from all of them. */
function keyedName(text: string): string {
  const key = parseRequestKey(text)
  return key?.kind === 'cookie' ? text : text.slice('header:'.length).toLowerCase()
}

/** A field that is added beside the client's still differs as the client's does, unless what is added differs too. */
function writtenFields({ remove, set, append }: EditPlan): Policy['written'] {
  const written = new Map<string, 'fixed' | 'varies'>()
  for (const name of remove) written.set(name, 'fixed')
  for (let i = 0; i < set.length; i += 2) written.set(String(set[i]).toLowerCase(), typeof set[i + 1] === 'string' ? 'fixed' : 'varies')
  for (let i = 0; i < append.length; i += 2) if (typeof append[i + 1] !== 'string') written.set(String(append[i]).toLowerCase(), 'varies')
  return written
}
