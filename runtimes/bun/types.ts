// The part of Bun that is used, so that its types need not be installed.

export interface BunServer {
  readonly port: number | undefined
  requestIP(request: Request): { readonly address: string } | null
  /** Seconds in which nothing may pass on the request's connection; 0 for no limit. Stays in force after the request. */
  timeout(request: Request, seconds: number): void
  /** Resolves when requests in flight have ended; with true they are broken off. */
  stop(closeActiveConnections?: boolean): Promise<void>
}

export interface BunServeOptions {
  readonly hostname?: string
  readonly port?: number
  readonly unix?: string
  /** Seconds; at most 255. */
  readonly idleTimeout: number
  readonly maxRequestBodySize: number
  readonly development: false
  fetch(request: Request, server: BunServer): Promise<Response>
  error(error: Error): Response
}

export interface BunFetchInit extends RequestInit {
  readonly decompress: false
  /** False keeps HTTP_PROXY out of it. */
  readonly proxy: false
  /** False leaves the limits to the caller. */
  readonly timeout: false
}

export interface BunFetchSession {
  fetch(url: string, init: BunFetchInit): Promise<Response>
  close(): void
}

interface BunRuntime {
  serve(options: BunServeOptions): BunServer
  /** `idleTimeout` in seconds. */
  readonly FetchSession: new (init: { readonly keepAlive: { readonly idleTimeout: number; readonly maxIdleSockets: number } }) => BunFetchSession
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Bun's global; asked for where it is used, so that importing needs no Bun. */
export function bun(): BunRuntime {
  return (globalThis as unknown as { readonly Bun: BunRuntime }).Bun
}
