// The part of Deno that is used, so that its types need not be there.

export interface DenoServeInfo {
  readonly remoteAddr: { readonly transport: string; readonly hostname?: string; readonly port?: number }
  /** Settles when the answer has been sent, or cannot be any more. */
  readonly completed: Promise<void>
}

export interface DenoServer {
  readonly addr: { readonly port?: number }
  /** Rejects when it cannot take in connections any more. */
  readonly finished: Promise<void>
  shutdown(): Promise<void>
}

export interface DenoServeOptions {
  readonly hostname?: string
  readonly port?: number
  readonly reusePort?: boolean
  readonly path?: string
  /** PEM. */
  readonly cert?: string
  readonly key?: string
  onListen(): void
  onError(error: unknown): Response
  handler(request: Request, info: DenoServeInfo): Promise<Response>
}

export interface DenoHttpClient {
  close(): void
}

/** A WebSocket that opens when the response has been sent. */
export interface DenoUpgrade {
  readonly socket: WebSocket
  readonly response: Response
}

interface DenoRuntime {
  /** Throws when the request is no handshake. The response is to be the handler's. `idleTimeout` in seconds, 0 for none. */
  upgradeWebSocket(request: Request, options: { readonly idleTimeout: number }): DenoUpgrade
  serve(options: DenoServeOptions): DenoServer
  /** Absent without `--unstable-net`. */
  readonly listenDatagram?: unknown
  createHttpClient(options: { readonly allowHost: boolean; readonly http2: boolean; readonly poolIdleTimeout: number; readonly poolMaxIdlePerHost: number }): DenoHttpClient
  readonly env: { get(name: string): string | undefined; set(name: string, value: string): void; delete(name: string): void }
}

/** Deno's global; asked for where it is used, so that importing needs no Deno. */
export function deno(): DenoRuntime {
  return (globalThis as unknown as { readonly Deno: DenoRuntime }).Deno
}
