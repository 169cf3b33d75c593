// The part of Bun that is used, so that its types need not be installed.
import type { ServerCredentials } from '../tls/to-servers.js'
import type { Bridge } from '../websocket/bridge.js'

/** A client's WebSocket, with what it was given when it was accepted. */
export interface BunServerSocket<Data> {
  readonly data: Data
  /** Bytes sent; -1 when they wait, 0 when they were dropped. */
  send(message: string | ArrayBuffer | Uint8Array): number
  getBufferedAmount(): number
  ping(data: ArrayBuffer | Uint8Array): number
  close(code: number, reason: string): void
  terminate(): void
  pause(): void
  resume(): void
}

export interface BunSocketHandlers<Data> {
  readonly maxPayloadLength: number
  /** Unsent bytes above which messages are dropped, or the connection is closed. */
  readonly backpressureLimit: number
  readonly closeOnBackpressureLimit: boolean
  /** Seconds; 0 for no limit. */
  readonly idleTimeout: number
  readonly sendPings: boolean
  open(socket: BunServerSocket<Data>): void
  message(socket: BunServerSocket<Data>, message: string | Uint8Array): void
  /** Bun has answered it. */
  ping(socket: BunServerSocket<Data>, data: Uint8Array): void
  pong(socket: BunServerSocket<Data>, data: Uint8Array): void
  close(socket: BunServerSocket<Data>, code: number, reason: string): void
}

export interface BunServer {
  readonly port: number | undefined
  requestIP(request: Request): { readonly address: string; readonly port: number } | null
  /** Seconds in which nothing may pass on the request's connection; 0 for no limit. Stays in force after the request. */
  timeout(request: Request, seconds: number): void
  /** Accepts a WebSocket; false when the request asks for none or is gone. */
  upgrade(request: Request, options: { readonly data: unknown; readonly headers: Headers }): boolean
  /** Resolves when requests in flight have ended; with true they are broken off. */
  stop(closeActiveConnections?: boolean): Promise<void>
}

/** A certificate and the name it is shown for. Texts are PEM. */
export interface BunTls {
  readonly serverName: string
  readonly cert: string
  readonly key: string
  readonly ciphers: string
  readonly minVersion: number
}

export interface BunServeOptions {
  readonly hostname?: string
  readonly port?: number
  readonly reusePort?: boolean
  readonly unix?: string
  readonly tls?: readonly BunTls[]
  /** Seconds; at most 255. */
  readonly idleTimeout: number
  readonly maxRequestBodySize: number
  readonly development: false
  readonly websocket: BunSocketHandlers<Bridge>
  /** Gives nothing when it has accepted a WebSocket. */
  fetch(request: Request, server: BunServer): Promise<Response | undefined>
  error(error: Error): Response
}

export interface BunFetchInit extends RequestInit {
  readonly decompress: false
  /** False keeps HTTP_PROXY out of it. */
  readonly proxy: false
  /** False leaves the limits to the caller. */
  readonly timeout: false
  /** Whether the connection may be one used before, and be used again. */
  readonly keepalive: boolean
  /** The name to ask for and to verify, where the URL has an address, and whom to believe. */
  readonly tls?: ServerCredentials & { readonly serverName: string }
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
