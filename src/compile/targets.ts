// From what is written of targets and their sources to targets and sources.
import type { Source } from '../balance/discover/stage.js'
import { type Manner, settingsOf, targetOf } from '../balance/target.js'
import type { Target } from '../balance/policy.js'
import type { UpstreamConfig } from '../config/schema.js'

const DEFAULT_DNS_REFRESH_MS = 60_000
const DEFAULT_REFRESH_MS = 10_000

/** The targets that are written down. */
export function compileTargets(config: UpstreamConfig): Target[] {
  const manner = mannerOf(config)
  return (config.targets ?? []).map((target) => targetOf(settingsOf(target), manner))
}

/** How all targets of an upstream are connected to. */
export function mannerOf({ proxyProtocol, tls, http2 }: UpstreamConfig): Manner {
  return { proxyProtocol, tls, http2 }
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
