// Speaks OpenID Connect to a provider: where to log in, and what a code or a refresh token is worth.
import {
  allowInsecureRequests, type AuthorizationServer, authorizationCodeGrantRequest, AuthorizationResponseError, calculatePKCECodeChallenge, type Client, type ClientAuth, ClientSecretBasic, ClientSecretPost,
  customFetch, discoveryRequest, generateRandomCodeVerifier, generateRandomNonce, generateRandomState, getValidatedIdTokenClaims, None, processAuthorizationCodeResponse,
  processDiscoveryResponse, processRefreshTokenResponse, refreshTokenGrantRequest, ResponseBodyError, type TokenEndpointResponse, validateApplicationLevelSignature, validateAuthResponse,
} from 'oauth4webapi'
import { GatewayError } from '../../../errors.js'
import { isBodiless } from '../../../http/bodiless.js'
import { fromHeaders, toHeaders } from '../../../http/fields.js'
import type { Ports } from '../../../ports.js'
import { askService, type Said, serviceAt } from '../../service/stage.js'
import type { Tokens } from '../session.js'

export interface ProviderSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly clientAuth: 'basic' | 'post' | undefined
  readonly scopes: readonly string[]
  readonly parameters: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Is told when something known before stands in for an answer. */
  readonly stale: (error: GatewayError) => void
}

/** What a login has begun with, to be kept by the browser that began it. */
export interface Begun {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** How a login or a refresh ended. `denied` is the doing of whoever came, or of the user; `failed` is the provider's. */
export type Ended = { readonly kind: 'tokens'; readonly tokens: Tokens } | { readonly kind: 'denied'; readonly why: string } | { readonly kind: 'failed'; readonly error: GatewayError }

/** What the library asks to be sent. */
interface LibraryRequest {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: URLSearchParams | undefined
}

const MAX_BYTES = 1024 ** 2
/** How long the provider's description of itself is taken for true. */
const DISCOVERY_MS = 3_600_000
/** After which a provider that did not answer is asked for it again; sooner where nothing stands in for it. */
const RETRY_MS = 30_000
const FIRST_RETRY_MS = 5000

export class Provider {
  readonly #settings: ProviderSettings
  readonly #ports: Ports
  readonly #client: Client
  readonly #options: { readonly [customFetch]: (url: string, options: LibraryRequest) => Promise<Response>; readonly [allowInsecureRequests]: boolean }
  #found: { readonly server: AuthorizationServer; readonly untilMs: number } | undefined
  /** Why it is not known, so that not everybody who comes meanwhile asks and waits. */
  #failed: { readonly error: GatewayError; readonly untilMs: number } | undefined
  /** Answers for keys, by URL: they stand in for those that do not come. */
  readonly #keys = new Map<string, Said>()

  constructor(settings: ProviderSettings, ports: Ports) {
    this.#settings = settings
    this.#ports = ports
    this.#client = { client_id: settings.clientId }
    this.#options = { [customFetch]: (url, options) => this.#fetch(url, options), [allowInsecureRequests]: settings.issuer.startsWith('http:') }
  }

  /** Where to send a user, and what to keep. Rejects with a {@link GatewayError}. */
  async begin(redirectUri: string): Promise<{ readonly url: string; readonly begun: Begun }> {
    const server = await this.#discover()
    const begun = { state: generateRandomState(), nonce: generateRandomNonce(), verifier: generateRandomCodeVerifier() }
    const { clientId, scopes, parameters } = this.#settings
    if (server.authorization_endpoint === undefined) throw new GatewayError('http_protocol_error', { message: 'the provider has no authorization_endpoint' })
    const url = new URL(server.authorization_endpoint)
    const own = { client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: [...new Set(['openid', ...scopes])].join(' '), state: begun.state, nonce: begun.nonce }
    for (const [name, value] of Object.entries({ ...parameters, ...own })) url.searchParams.set(name, value)
    url.searchParams.set('code_challenge', await calculatePKCECodeChallenge(begun.verifier))
    url.searchParams.set('code_challenge_method', 'S256')
    return { url: url.href, begun }
  }

  /** What the provider sent a browser back with is worth. Never rejects. */
  complete(query: string, redirectUri: string, { state, nonce, verifier }: Begun): Promise<Ended> {
    return this.#ended(async () => {
      const server = await this.#discover()
      const parameters = validateAuthResponse(server, this.#client, new URLSearchParams(query), state)
      const response = await authorizationCodeGrantRequest(server, this.#client, this.#clientAuth(server), parameters, redirectUri, verifier, this.#options)
      const result = await processAuthorizationCodeResponse(server, this.#client, response, { expectedNonce: nonce, requireIdToken: true })
      await validateApplicationLevelSignature(server, response, this.#options)
      return tokensOf(result)
    })
  }

  /** New tokens for a refresh token. Never rejects. */
  refresh(refreshToken: string): Promise<Ended> {
    return this.#ended(async () => {
      const server = await this.#discover()
      const response = await refreshTokenGrantRequest(server, this.#client, this.#clientAuth(server), refreshToken, this.#options)
      const result = await processRefreshTokenResponse(server, this.#client, response)
      if (result.id_token !== undefined) await validateApplicationLevelSignature(server, response, this.#options)
      return tokensOf(result)
    })
  }

  async #ended(work: () => Promise<Tokens>): Promise<Ended> {
    try {
      return { kind: 'tokens', tokens: await work() }
    } catch (error) {
      if (error instanceof GatewayError) return { kind: 'failed', error }
      if (error instanceof AuthorizationResponseError) return { kind: 'denied', why: `the provider says ${error.error}` }
      if (error instanceof ResponseBodyError && error.error !== 'invalid_grant') return { kind: 'failed', error: new GatewayError('http_protocol_error', { message: `the provider says ${error.error}`, cause: error }) }
      return { kind: 'denied', why: error instanceof ResponseBodyError ? `the provider says ${error.error}` : String(error) }
    }
  }

  #clientAuth({ token_endpoint_auth_methods_supported: methods }: AuthorizationServer): ClientAuth {
    const { clientSecret, clientAuth } = this.#settings
    if (clientSecret === undefined) return None()
    return (clientAuth ?? (!methods || methods.includes('client_secret_basic') ? 'basic' : 'post')) === 'basic' ? ClientSecretBasic(clientSecret) : ClientSecretPost(clientSecret)
  }

  async #discover(): Promise<AuthorizationServer> {
    const nowMs = this.#ports.clock.nowMs()
    if (this.#found && this.#found.untilMs > nowMs) return this.#found.server
    if (!this.#found && this.#failed && this.#failed.untilMs > nowMs) throw this.#failed.error
    const issuer = new URL(this.#settings.issuer)
    try {
      const server = await processDiscoveryResponse(issuer, await discoveryRequest(issuer, this.#options))
      this.#found = { server, untilMs: nowMs + DISCOVERY_MS }
      return server
    } catch (cause) {
      const error = cause instanceof GatewayError ? cause : new GatewayError('http_protocol_error', { message: `the provider's configuration: ${String(cause)}`, cause })
      if (!this.#found) {
        this.#failed = { error, untilMs: this.#ports.clock.nowMs() + FIRST_RETRY_MS }
        throw error
      }
      this.#settings.stale(error)
      this.#found = { server: this.#found.server, untilMs: nowMs + RETRY_MS }
      return this.#found.server
    }
  }

  /** As the library asks. The answer for keys is remembered, in case that there is none later. */
  async #fetch(url: string, { method, headers, body }: LibraryRequest): Promise<Response> {
    const areKeys = url === this.#found?.server.jwks_uri
    try {
      const said = await askService({ ...serviceAt(url), method, fields: fromHeaders(new Headers(headers)), body: body && new TextEncoder().encode(body.toString()), timeoutMs: this.#settings.timeoutMs, maxBytes: MAX_BYTES }, this.#ports)
      if (said.status >= 500) throw new GatewayError('http_protocol_error', { message: `the provider answered with status ${said.status}` })
      if (areKeys && said.status === 200) this.#keys.set(url, said)
      return responseOf(said)
    } catch (cause) {
      const error = cause instanceof GatewayError ? cause : new GatewayError('http_protocol_error', { message: String(cause), cause })
      const known = areKeys ? this.#keys.get(url) : undefined
      if (!known) throw error
      this.#settings.stale(error)
      return responseOf(known)
    }
  }
}

function responseOf({ status, fields, bytes }: Said): Response {
  return new Response(isBodiless(status) ? null : (bytes as Uint8Array<ArrayBuffer>), { status, headers: toHeaders(fields) })
}

function tokensOf(result: TokenEndpointResponse): Tokens {
  return { claims: getValidatedIdTokenClaims(result) ?? {}, refreshToken: result.refresh_token, expiresInSeconds: result.expires_in }
}
