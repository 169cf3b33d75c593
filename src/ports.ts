// Every effect the gateway needs, as an interface with its obligations. Runtimes implement them; the core imports no runtime.
import type { OpenCounters } from './counters.js'
import type { GatewayError } from './errors.js'
import type { OpenFolder } from './files/folder.js'
import type { OpenFirewall } from './firewall.js'
import type { Fields } from './http/fields.js'
import type { Client, Peer } from './http/forwarded.js'
import type { Payload } from './http/payload.js'
import type { GatewayEvent } from './observe/event.js'

export type { CountedBy, CountedRequest, CounterStore, OpenCounters } from './counters.js'

/** A server that requests may be sent to. */
export interface Server {
  /** `http://host:port` or `https://host:port`, without a trailing slash. */
  readonly origin: string
  /** `host` or `host:port`, as it goes into a Host field. */
  readonly authority: string
  readonly secure: boolean
  /** Name or address without brackets; TLS asks for it and verifies it. */
  readonly hostname: string
  readonly port: number
  /** Address to connect to instead of looking `hostname` up, which stays the name for TLS. */
  readonly address?: string | undefined
  /** Path of the Unix socket to connect to instead. */
  readonly socketPath?: string | undefined
  /** Version of the PROXY protocol that each connection begins with. */
  readonly proxyProtocol?: 'v1' | 'v2' | undefined
  /** Whether HTTP/2 is spoken: over TLS where the server has it, else in any case. */
  readonly http2?: boolean | undefined
  /** How TLS is spoken. Absent: by `hostname`, verified against the authorities that the runtime knows. */
  readonly tls?: ServerTls | undefined
}

/** How TLS is spoken to a server. Texts are PEM, or paths of files that hold it. */
export interface ServerTls {
  /** Name that is asked for and verified instead of the server's `hostname`. */
  readonly serverName?: string | undefined
  /** Authorities that are believed in place of those that the runtime knows. */
  readonly ca?: string | undefined
  /** Certificate to show to a server that asks for one, and its key. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** False takes any certificate. */
  readonly verify?: boolean | undefined
}

/** Limits of one attempt, in milliseconds. */
export interface AttemptLimits {
  readonly connectMs: number
  /** From the end of the request to the head of the answer. */
  readonly headersMs: number
  /** Between two pieces of a body, in either direction. */
  readonly idleMs: number
  /** In which nothing passes through an upgraded connection, in either direction. */
  readonly upgradedIdleMs: number
  /** After so long without a sign of life, an end of an upgraded connection is pinged; after as long again it is given up. Absent: never. */
  readonly pingMs?: number | undefined
  /** How connections are kept for the next request. Absent: as the transport does it. */
  readonly keepAlive?: KeepAlive | undefined
}

/** Of what happens to a connection between two requests. What is absent is as the transport does it. */
export interface KeepAlive {
  /** For how long it may lie idle and be used again, where the server names no time of its own; 0 for one request to a connection. */
  readonly idleMs?: number | undefined
  /** Idle ones that are kept to a server; further ones are closed. */
  readonly connections?: number | undefined
}

/** One request as it goes upstream. */
export interface OutboundRequest {
  readonly server: Server
  readonly method: string
  /** Path and query, to be sent as they are. */
  readonly target: string
  /** Field lines to send, `Host` first. No hop-by-hop and no framing fields but `Content-Length`. */
  readonly fields: Fields
  readonly body: Payload | undefined
  /** The protocol to ask for; the transport writes `Connection` and `Upgrade` for it. */
  readonly upgrade: 'websocket' | undefined
  readonly limits: AttemptLimits
  /** Takes interim answers, 102 and 103, from transports that see them. */
  readonly inform?: ((status: number, fields: Fields) => void) | undefined
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal | undefined
  /** Whoever counts what a server has under way. */
  readonly lease?: Lease | undefined
  /** Who asks, and whose connection it came by: what a server with `proxyProtocol` is told. Undefined where the gateway asks by itself. */
  readonly client?: Client | undefined
  readonly peer?: Peer | undefined
}

/** A place at a server, taken for one attempt. */
export interface Lease {
  /** Called once by the transport after `send` has resolved: when the body of the answer, or the upgraded connection, has come to its end, broke off (`failure` says how) or was given up (`client_aborted`). A transport that cannot see the end calls it with the head. */
  ended(failure?: GatewayError): void
}

/** The head of an answer, with its body still on the way. */
export interface Answer {
  readonly status: number
  /** Reason phrase as received; undefined where the runtime does not tell. */
  readonly reason?: string | undefined
  readonly fields: Fields
  /** Absent for HEAD, 1xx, 204, 205 and 304. */
  readonly body: Payload | undefined
  /** The open connection behind a 101; nothing else has one. */
  readonly tunnel?: Tunnel | undefined
  /** Set when the client's connection cannot be used again, as after a request whose end is uncertain. */
  readonly close?: boolean | undefined
}

/** An upgraded connection in the form its runtime gave it. The adapter that knows the form joins it to the client's. */
export interface Tunnel {
  /** Gives the connection up. */
  cancel(): void
  /** Calls back when the connection has ended, perhaps more than once; at once where that cannot be seen. */
  onEnd(over: () => void): void
}

/**
 * Carries one request to one server.
 *
 * An implementation sends the fields and target as given and adds none of its own; relays redirects; gives the body in
 * the bytes that came, or drops `Content-Encoding` and `Content-Length` where the runtime has decoded it; makes a broken
 * answer a failing body; honours every limit and the signal by closing the upstream connection; and does not retry.
 * It rejects with a {@link GatewayError} and nothing else.
 */
export interface Transport {
  /** What this runtime's transport cannot do, so that a configuration that needs it fails at start, by name. */
  readonly lacks: ReadonlySet<TransportFeature>
  send(request: OutboundRequest): Promise<Answer>
  /** The checks that `probe` can make; none when undefined. */
  readonly probes?: ReadonlySet<TransportProbe['kind']>
  /** Resolves when the server is well by such a check; rejects with a {@link GatewayError} that says what is wrong. */
  probe?(check: TransportProbe): Promise<void>
}

/** A check of a server: that it takes connections, or what its gRPC health service says. */
export interface TransportProbe {
  readonly server: Server
  readonly kind: 'tcp' | 'grpc'
  /** gRPC service to ask about; the server as a whole when empty. */
  readonly service: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** `background`: a platform that runs between requests, for checks, discovery and comparisons. `host-field`: sending a Host other than the server's own. `unix-socket`: connecting to one. `resolver`: resolving names as the configuration says. `proxy-protocol`: beginning connections with a PROXY header. `websocket-ping`: pings of the gateway's own. `keep-alive`: keeping connections as the configuration says. `tls`: speaking TLS in another way than to any server. `http2`: HTTP/2 to servers. */
export type TransportFeature = 'background' | 'host-field' | 'unix-socket' | 'resolver' | 'proxy-protocol' | 'websocket-ping' | 'keep-alive' | 'tls' | 'http2'

/** Reads the time. Milliseconds since 1970; may jump when the machine's clock is set. */
export interface Clock {
  nowMs(): number
  /** Resolves after the time, or at once when the signal is aborted; never rejects. */
  sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void>
}

/**
 * The part of the Web `Cache` interface that the gateway asks of a store. A store keeps what it is given and judges
 * nothing: freshness, variants and validation are the gateway's. `match` may forget; `put` may refuse by rejecting;
 * neither may change a body. A rejection counts as a miss and is told as an event.
 */
export interface CacheStore {
  match(key: string): Promise<Response | undefined>
  put(key: string, response: Response): Promise<void>
  delete(key: string): Promise<boolean>
  /** Keeps purges where the entries are, for a store that outlives a process or that several share. Without it, each process has its own and forgets them with its end. */
  readonly purges?: PurgeLog | undefined
}

/** One purge, as the gateway remembers it. */
export interface PurgeRecord {
  readonly mark: string
  readonly soft: boolean
  readonly atMs: number
}

/** The same with its place in the order of purges: above 0, and above that of every record before it. */
export interface NumberedPurge extends PurgeRecord {
  readonly generation: number
}

/** A log of purges. It may forget all but the newest 10,000. Both may reject; the gateway then takes nothing from the store, and tells of it. */
export interface PurgeLog {
  /** Resolves with the generation of the record, once it is kept. */
  append(record: PurgeRecord): Promise<number>
  /** Records that this process has not been given yet, in their order. Undefined where it is known that there are none. */
  read(): Promise<readonly NumberedPurge[]> | undefined
}

/** Where a store outside the core lives. */
export interface StoreSettings {
  /** The folder of a `disk` store. */
  readonly path: string | undefined
  /** The server of a `redis` store. */
  readonly url: string | undefined
  /** Most that all entries may take together, where the store can bound itself. */
  readonly maxBytes: number
}

/** Opens a store outside the core; undefined when there is none of this kind here. */
export type OpenStore = (kind: 'disk' | 'redis' | 'platform', name: string, settings: StoreSettings) => CacheStore | undefined

/** What a name leads to. */
export type DnsRecord =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'service'; readonly target: string; readonly port: number; readonly priority: number; readonly weight: number }

/** The records of a name, and for how long they hold. */
export interface DnsAnswer {
  readonly records: readonly DnsRecord[]
  readonly ttlMs: number
}

/** Looks a name up. Rejects when that fails; a name without records has none. Bounds its own time. */
export type Resolve = (name: string, type: 'A' | 'AAAA' | 'SRV', signal: AbortSignal) => Promise<DnsAnswer>

/** Reads a text from an `http:`, `https:` or `file:` URL. Rejects when it is not there or above the bytes, 1 MiB where none are told. Bounds its own time. */
export type ReadText = (url: string, signal: AbortSignal, maxBytes?: number) => Promise<string>

/** Tells the country of an address by two letters (ISO 3166-1), where it is known. */
export type CountryOf = (address: string) => string | undefined

/** A content coding that answers can be put in (RFC 9110 §8.4.1; RFC 7932, RFC 8878). */
export type Coding = 'zstd' | 'br' | 'gzip'

/** Puts bodies in a content coding. */
export interface Compressor {
  /** Whether what is written is on its way within moments although nothing follows. Where not, only bodies of known length are compressed. */
  readonly streams: boolean
  /** The body in the coding. Reads no faster than it is read, breaks off with the body, and cancels it when it is cancelled. `length` of the body in bytes, where that is known. */
  readonly compress: (body: ReadableStream<Uint8Array>, settings: { readonly level: number; readonly length: number | undefined }) => ReadableStream<Uint8Array>
}

/** Counts what becomes of attempts at one target. Asked with each of them: must not throw and must not block. */
export interface TargetMeter {
  /** The head of an answer came after so long. */
  answered(status: number, headMs: number): void
  /** The attempt is over: well, or with what went wrong. `status` is that of the answer; 0 where its head never came. */
  ended(failure: GatewayError | undefined, status: number): void
}

/** Everything the gateway needs of the world. */
export interface Ports {
  readonly transport: Transport
  readonly clock: Clock
  /** A number in [0, 1); need not be unguessable. */
  readonly random: () => number
  /** A new request id, unguessable. */
  readonly newId: () => string
  /** A digest of the text that nobody can make without the secret, in `A-Za-z0-9-_`. */
  readonly sign: (secret: string, text: string) => Promise<string>
  /** Opens stores outside the core. Default: the platform's `caches`, where there are any. */
  readonly openStore?: OpenStore | undefined
  /** Opens stores of counters outside the process. Absent where there are none. */
  readonly openCounters?: OpenCounters | undefined
  /** Absent where there is no resolver to ask, which refuses DNS discovery; and where nothing can be read between requests. */
  readonly resolve?: Resolve | undefined
  readonly read?: ReadText | undefined
  /** Most iterations of PBKDF2 that the platform computes. Absent: no limit. */
  readonly maxHashIterations?: number | undefined
  /** Absent where nobody can tell the country of a client. */
  readonly countryOf?: CountryOf | undefined
  /** Absent where there are no files; routes with `files` are refused there. */
  readonly openFolder?: OpenFolder | undefined
  /** Codings for answers. Default: gzip by the platform's `CompressionStream`. */
  readonly compressors?: Readonly<Partial<Record<Coding, Compressor>>> | undefined
  /** Makes the rules of the filter `waf`. Absent where nobody has read their files. */
  readonly firewall?: OpenFirewall | undefined
  /** Is told what happens. Must not throw, must not block. */
  readonly observe: (event: GatewayEvent) => void
  /** Gives the meter of a target, by the names of its upstream and its origin. Absent: nothing is counted. The smallest gateway does not ask. */
  readonly meter?: ((upstream: string, origin: string) => TargetMeter) | undefined
}
