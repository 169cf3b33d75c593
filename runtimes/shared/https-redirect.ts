// What a plain listener answers that only sends clients to the one with TLS.
import { type Answer, fieldValue, parseHost, parseTarget, type WireRequest } from '../../src/adapter.js'
import type { CheckedConfig, Gateway } from '../../src/index.js'
import { listenersOf, type PlacedListener } from './listeners.js'
import type { OwnAnswers } from './own-answers.js'

/** Where authorities look for the answer to their challenge (RFC 8555 §8.3), over plain HTTP. */
const ACME_CHALLENGE = /^\/\.well-known\/acme-challenge\/[\w-]+$/
const ABSOLUTE = /^https?:\/\/[^/?]*/i

const HTTPS_PORT = 443

/** The port to which a listener sends its clients; undefined for one that serves them itself. */
export function redirectPort({ redirectToHttps }: PlacedListener['settings'], config: CheckedConfig): number | undefined {
  if (redirectToHttps === undefined || redirectToHttps === false) return undefined
  const secure = listenersOf(config).find(({ settings }) => settings.tls)?.settings
  return (redirectToHttps === true ? undefined : redirectToHttps.port) ?? (secure && (secure.port ?? HTTPS_PORT)) ?? HTTPS_PORT
}

/**
 * The redirect for a request, to the same host and target; undefined for what the gateway has to see: challenges of
 * authorities, and what it refuses as malformed. The method stays (308), and the connection ends: what may follow is not for here.
 */
export function redirectToHttps({ method, target, fields }: Pick<WireRequest, 'method' | 'target' | 'fields'>, port: number): Answer | undefined {
  const host = parseHost(fieldValue(fields, 'host') ?? '')
  if (!host || parseTarget(method, target).kind === 'fault' || ACME_CHALLENGE.test(target)) return undefined
  const path = target === '*' ? '/' : target.replace(ABSOLUTE, '')
  const location = `https://${host.name}${port === HTTPS_PORT ? '' : `:${port}`}${path.startsWith('/') ? path : `/${path}`}`
  return { status: 308, fields: ['Location', location, 'Content-Length', '0'], body: undefined, close: true }
}

/** A gateway that sends everybody to TLS, of which the others are told. */
export function redirecting(gateway: Gateway, port: number, own: OwnAnswers): Gateway {
  return {
    ...gateway,
    handle: (request, info) => {
      const redirect = redirectToHttps(request, port)
      return redirect ? Promise.resolve(own.give(request, info.peer, redirect)) : gateway.handle(request, info)
    },
  }
}
