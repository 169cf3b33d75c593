// From what is written of targets and their sources to targets and sources.
import type { Source } from '../balance/discover/stage.js'
import { settingsOf, targetOf } from '../balance/target.js'
import type { Target } from '../balance/policy.js'
import type { UpstreamConfig } from '../config/schema.js'

const DEFAULT_DNS_REFRESH_MS = 60_000
const DEFAULT_REFRESH_MS = 10_000

/** The targets that are written down. */
export function compileTargets({ targets = [], proxyProtocol }: UpstreamConfig): Target[] {
  return targets.map((target) => targetOf(settingsOf(target), proxyProtocol))
}

/** Where further lists come from. */
export function compileSource(discover: NonNullable<UpstreamConfig['discover']>): Source {
  if ('dns' in discover) {
    const { dns: name, type = 'A', scheme = 'http', port, refresh = DEFAULT_DNS_REFRESH_MS } = discover
    return { kind: 'dns', type, records: { name, scheme, port }, refreshMs: refresh }
  }
  const { refresh = DEFAULT_REFRESH_MS } = discover
  return 'url' in discover ? { kind: 'list', url: discover.url, refreshMs: refresh } : { kind: 'custom', lists: discover.source, refreshMs: refresh }
}
