// What the settings of ACME come to: which listener gets certificates for what, how it proves itself, and what cannot work.
import type { CheckedConfig, Issue, ListenConfig } from '../../src/index.js'
import { listenersOf } from '../shared/listeners.js'
import { directoryUrl } from './directories.js'
import { acmeStorage, type AcmeSettings, domainsOf } from './held.js'
import type { ChallengeType } from './order.js'
import type { Storage } from './storage.js'

/** The settings of one listener with nothing left to decide. */
export interface AcmePlan {
  /** Place of the listener, and of its settings. */
  readonly listener: number
  readonly path: string
  readonly settings: AcmeSettings
  readonly directory: string
  readonly domains: readonly string[]
  readonly storage: Storage
  readonly ways: readonly ChallengeType[]
}

/** Ports that authorities connect to (RFC 8555 §8.3, RFC 8737 §3). */
const HTTP_PORT = 80
const TLS_PORT = 443

/** Whether listeners can pick a certificate by what a client offers in ALPN. Those of Deno do, but hang with the clients that authorities use. */
function picksByAlpn(): boolean {
  return !('Bun' in globalThis || 'Deno' in globalThis)
}

/** The plans of all listeners that have ACME. */
export function acmePlans(config: CheckedConfig): AcmePlan[] {
  return listenersOf(config).flatMap(({ settings: listener, path }, i) => {
    const settings = listener.tls?.acme
    if (!settings) return []
    const directory = directoryUrl(settings.directory)
    return [{
      listener: i,
      path: `${path}.tls.acme`,
      settings,
      directory,
      domains: domainsOf(settings),
      storage: acmeStorage(settings),
      ways: settings.challenges ?? possibleWays(config, listener),
    }]
  })
}

/** Ways in which an authority would find us at its own ports, HTTP before TLS. */
function possibleWays(config: CheckedConfig, listener: ListenConfig): ChallengeType[] {
  return [
    ...(plainListeners(config).some(({ port }) => port === HTTP_PORT) ? ['http-01' as const] : []),
    ...(listener.port === TLS_PORT && picksByAlpn() ? ['tls-alpn-01' as const] : []),
  ]
}

function plainListeners(config: CheckedConfig): ListenConfig[] {
  return listenersOf(config).flatMap(({ settings }) => (settings.tls ? [] : [settings]))
}

/** What cannot work, whatever an authority says. */
export function acmeIssues(config: CheckedConfig): Issue[] {
  return acmePlans(config).flatMap(({ path, settings, ways }) => {
    const issue = (name: string, value: unknown, message: string): Issue => ({ path: `${path}.${name}`, value, message })
    const alpn = picksByAlpn()
    if (ways.includes('tls-alpn-01') && !alpn) return [issue('challenges', settings.challenges, '"tls-alpn-01" needs a listener that picks its certificate by ALPN: run the gateway on Node, or take "http-01"')]
    if (ways.includes('http-01') && plainListeners(config).length === 0) return [issue('challenges', settings.challenges, '"http-01" needs a listener without TLS: add { "port": 80, "redirectToHttps": true } to "listen"')]
    if (ways.length > 0) return []
    const tls = alpn ? ' Or listen with TLS at port 443.' : ''
    return [issue('challenges', undefined, `an authority connects to port 80, where nothing listens: add { "port": 80, "redirectToHttps": true } to "listen".${tls} Where another machine maps port 80 or 443 to one of ours, say so by "challenges": ["http-01"]${alpn ? ' or ["tls-alpn-01"]' : ''}`)]
  })
}
