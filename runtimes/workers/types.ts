// The part of Cloudflare Workers that is used, so that its types need not be installed.

export interface WorkerContext {
  waitUntil(work: Promise<unknown>): void
}

/** The client's certificate, where the zone asks for one: without its bytes and alternative names. */
export interface WorkerTlsClient {
  /** "1" where there is one. */
  readonly certPresented: string
  /** "SUCCESS", or why not. */
  readonly certVerified: string
  readonly certRevoked: string
  readonly certSubjectDNRFC2253: string
  readonly certFingerprintSHA256: string
  readonly certNotAfter: string
}

/** What Workers add to a request: `clientIp` where workerd runs by itself, `country` and `tlsClientAuth` at Cloudflare's edge. */
export interface WorkerRequest extends Request {
  readonly cf?: { readonly clientIp?: string; readonly country?: string | null; readonly tlsClientAuth?: WorkerTlsClient | null } | undefined
}

/** A response that may be a WebSocket's: that of the server, which is handed to the client unopened. */
export interface WorkerResponse extends Response {
  readonly webSocket?: WorkerWebSocket | null
}

export interface WorkerWebSocket {
  accept(): void
  close(code?: number): void
}

export interface WorkerRequestInit extends RequestInit {
  /** `manual` gives the body in the bytes that came. */
  readonly encodeResponseBody: 'manual'
}

export interface WorkerResponseInit extends ResponseInit {
  /** `manual` takes the body in the bytes that Content-Encoding speaks of. */
  readonly encodeBody: 'manual'
  readonly webSocket?: WorkerWebSocket
}
