// What every runtime's `start` takes and gives.
import type { Config, Gateway, Issue, Ports } from '../../src/index.js'
import type { AdminCommand, AdminResult, LogLevel } from '../../src/observe/index.js'
import type { ServedTls } from '../tls/served.js'

/** Options of `start` beside the configuration. */
export interface StartOptions {
  /** Ports to use instead of the runtime's own, as for tests. */
  readonly ports?: Partial<Ports>
  /**
   * Whether other processes may listen on the same ports (SO_REUSEPORT): the kernel spreads connections over them. Default
   * false. On Linux: Bun with its `native` adapter, Deno with `--unstable-net`, Node from 23.1 on.
   */
  readonly reusePort?: boolean
  /** A secret that the processes which share a port have in common: each then resumes TLS sessions of the others. On Node, and on Deno with the "strict" adapter. */
  readonly ticketSecret?: string | undefined
  /** What the admin API can have this program do. */
  readonly operations?: Operations
}

/** What only the program knows that started the gateway. */
export interface Operations {
  /** Reads the configuration again and gives it to `gateway.reload`. Resolves to what is wrong with it; empty when it is in force. */
  readonly reload?: (() => Promise<readonly Issue[]>) | undefined
  readonly setLogLevel?: ((level: LogLevel) => void) | undefined
  /** Has all processes that serve together do it, this one too; undefined when they cannot be asked. */
  readonly others?: ((command: AdminCommand) => Promise<readonly AdminResult[] | undefined>) | undefined
}

/** A gateway that listens. */
export interface Running {
  readonly gateway: Gateway
  /** One for each listener, in the order of the configuration; `port` is the real one when 0 was asked for. */
  readonly listeners: readonly Listener[]
  /** Where the admin API listens, where the configuration has `admin`. */
  readonly admin: ListenerAddress | undefined
  /** Does in this process what the admin API would; undefined where neither `admin` nor `metrics` is configured. */
  readonly perform: ((command: AdminCommand) => Promise<AdminResult>) | undefined
  /** Has metrics tell of a configuration that could not be read. */
  reloadFailed(): void
  /** Opens the file of the access log anew, for log rotation. */
  reopenLog(): void
  /** Reads the certificates of the listeners again now; by itself that happens within seconds of a change. Tells of what is wrong by a warning of the process, and keeps those in force then. */
  renewCertificates(): void
  /**
   * For a second, every answer says that it is the connection's last. Then nothing more is accepted, idle connections are
   * closed, and requests in flight may end for as long as the drain timeout allows, counted from the beginning; what is
   * left is broken off. Takes no second where nobody is connected. Idempotent.
   */
  close(): Promise<void>
}

/** Where a gateway listens. */
export interface ListenerAddress {
  readonly host: string
  readonly port: number
  readonly url: string
  readonly adapter: 'native' | 'strict'
}

/** A listener of a gateway. */
export interface Listener extends ListenerAddress {
  /** The certificates it shows, the first for clients that ask for none of the hosts; without those got on demand. Empty without TLS. */
  certificates(): readonly ListenerCertificate[]
}

/** A certificate that a listener shows. */
export interface ListenerCertificate {
  /** Hosts it is shown for. */
  readonly hosts: readonly string[]
  /** From when to when it holds, in milliseconds since 1970. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly fingerprint256: string
  /** "own" is of the configuration, "acme" was got from an authority, "placeholder" is believed by no client and stands in for one that has not been got yet. */
  readonly origin: 'own' | 'acme' | 'placeholder'
}

/** A listener with its way to stop. */
export interface Server extends ListenerAddress {
  /** Lets requests in flight end until `timeoutMs` has passed, then breaks them off. */
  close(timeoutMs: number): Promise<void>
  /** Shows other certificates from the next connection on. Throws where that fails, and shows those from before then. Absent where it can only be done by starting again. */
  readonly renew?: ((tls: ServedTls) => void) | undefined
  /** Why it is absent, and what would help. */
  readonly keepsCertificates?: string | undefined
  /** Connections of clients that are open. Absent where the runtime does not tell. */
  readonly connections?: (() => number | Promise<number>) | undefined
}

/**
 * Checks the configuration, makes the gateway and listens. Rejects with a `ConfigError` for faults of the configuration
 * and with a `ListenError` when a port cannot be had; in both cases nothing listens.
 */
export type Start = (config: Config, options?: StartOptions) => Promise<Running>
