// TLS in front of node:http: certificates by name, clients' certificates, and new ones of both without a new listener.
import { constants } from 'node:crypto'
import type { Server as HttpsServer } from 'node:https'
import { createSecureContext, type SecureContext, type SecureContextOptions, type TlsOptions, type TLSSocket } from 'node:tls'
import { parseAddress, parseHost, type PeerCertificate } from '../../src/adapter.js'
import { ByName, type ForHosts } from '../tls/by-name.js'
import { peerCertificate } from '../tls/certificate.js'
import type { CertificateSource } from '../acme/manage.js'
import type { MadePair } from '../acme/x509.js'
import type { ServedCertificate, ServedTls } from '../tls/served.js'
import { nextKeyInMs, type TicketKeys } from '../tls/ticket-keys.js'
import { VerifiedHere } from './deno-tls.js'

/** Picks the protocol, and for an authority the certificate that answers its challenge. Node asks here first in TLS 1.3, and for the context first in TLS 1.2; whichever comes last decides. */
function answeringBy(challenge: NonNullable<CertificateSource['challenge']>, spoken: readonly string[]): NonNullable<TlsOptions['ALPNCallback']> {
  return function (this: ChallengedSocket, { servername, protocols: offered }) {
    if (!offered.includes(ACME_PROTOCOL)) return spoken.find((protocol) => offered.includes(protocol))
    const pair = challenge(servername)
    if (!pair) return undefined
    const context = createSecureContext({ cert: pair.cert, key: pair.key })
    this[CHALLENGE] = context
    this.setKeyCert(context)
    return ACME_PROTOCOL
  }
}

type PickContext = (error: Error | null, context?: SecureContext) => void

const IS_NODE = !('Bun' in globalThis || 'Deno' in globalThis)

/** For the key exchange. Those over finite fields, which OpenSSL takes in TLS 1.3 otherwise, let a client have the server work for it a hundred times as long (CVE-2002-20001). OpenSSL knows the first from 3.5 on. */
const GROUPS = [...(hasHybridGroup(process.versions['openssl'] ?? '') ? ['X25519MLKEM768'] : []), 'X25519', 'prime256v1', 'secp384r1'].join(':')

function hasHybridGroup(openssl: string): boolean {
  const [major = 0, minor = 0] = openssl.split('.').map(Number)
  return major > 3 || (major === 3 && minor >= 5)
}

interface Shown extends ForHosts {
  readonly context: SecureContext
}

/** What authorities speak to see a challenge answered, and nobody else (RFC 8737 §4). */
const ACME_PROTOCOL = 'acme-tls/1'

/** The context of the challenge that an authority has come to see. */
const CHALLENGE = Symbol('challenge')
type ChallengedSocket = TLSSocket & { [CHALLENGE]?: SecureContext }

/** The contexts of one listener. */
export class ListenerTls {
  readonly #tickets: TicketKeys
  /** Node needs none: it resumes sessions by keys that are those of the listener and its settings. */
  readonly #verified = 'Deno' in globalThis ? new VerifiedHere() : undefined
  readonly #source: CertificateSource | undefined
  readonly #onDemand = new WeakMap<MadePair, SecureContext>()
  #tls: ServedTls
  #shown: ByName<Shown>

  /** `source` has certificates that are not among those of `tls`. */
  constructor(tls: ServedTls, tickets: TicketKeys, source: CertificateSource | undefined) {
    this.#tickets = tickets
    this.#source = source
    this.#tls = tls
    this.#shown = this.#contexts(tls)
  }

  /** The certificate that a client has shown, where one is asked for. A client that was let in without the one it needs is sent away. */
  certificateOf(socket: TLSSocket): PeerCertificate | undefined {
    const { clientAuth } = this.#tls
    if (!clientAuth) return undefined
    const { raw } = socket.getPeerCertificate()
    const shown = raw ? peerCertificate(raw, socket.authorized) : undefined
    if (!this.#verified) return shown
    const certificate = this.#verified.judge(socket, shown)
    if (clientAuth.isRequired && !certificate?.verified) socket.destroy()
    return certificate
  }

  get asksClients(): boolean {
    return this.#tls.clientAuth !== undefined
  }

  /** For `https.createServer`. A client has as long for its handshake as for the head of a request; of the protocols, the first one that it knows is spoken. */
  serverOptions(handshakeMs: number, protocols: string[]): TlsOptions {
    const { clientAuth, certificates } = this.#tls
    return {
      ...this.#contextOptions(certificates[0]),
      ticketKeys: this.#ticketKey(),
      handshakeTimeout: handshakeMs,
      ...(this.#source ? this.#picking(this.#source, protocols) : { ALPNProtocols: protocols, SNICallback: (name: string, callback: PickContext) => callback(null, this.#shown.of(name).context) }),
      ...(clientAuth ? { requestCert: true, rejectUnauthorized: clientAuth.isRequired } : {}),
    }
  }

  /** Whether a connection has served its end with the handshake (RFC 8737 §3). */
  static isChallenge({ alpnProtocol }: TLSSocket): boolean {
    return alpnProtocol === ACME_PROTOCOL
  }

  #picking({ challenge, onDemand }: CertificateSource, protocols: string[]): TlsOptions {
    const pick = (socket: ChallengedSocket | undefined, name: string, callback: PickContext): void => {
      const shown = socket?.[CHALLENGE] ?? this.#shown.find(name)?.context
      if (shown || !onDemand) return callback(null, shown ?? this.#shown.of(name).context)
      void onDemand(name).then((pair) => callback(null, pair ? this.#contextOf(pair) : this.#shown.of(name).context))
    }
    return {
      // Deno does not say for which socket it asks.
      SNICallback(this: ChallengedSocket | undefined, name, callback) {
        pick(this, name, callback)
      },
      ...(challenge ? { ALPNCallback: answeringBy(challenge, protocols) } : { ALPNProtocols: protocols }),
    }
  }

  #contextOf(pair: MadePair): SecureContext {
    let context = this.#onDemand.get(pair)
    if (!context) this.#onDemand.set(pair, (context = createSecureContext(this.#contextOptions(pair))))
    return context
  }

  /** Has keys of tickets change in time while the server listens. */
  rotateTicketKeys(server: HttpsServer): void {
    let rotation: ReturnType<typeof setTimeout>
    const waitForNext = (): void => {
      rotation = setTimeout(() => {
        server.setTicketKeys(this.#ticketKey())
        waitForNext()
      }, nextKeyInMs(Date.now()))
      rotation.unref()
    }
    waitForNext()
    server.once('close', () => clearTimeout(rotation))
  }

  /** Shows other certificates from the next handshake on. Sessions from before are not resumed where anything has changed. */
  renew(tls: ServedTls, server: HttpsServer): void {
    this.#shown = this.#contexts(tls)
    this.#tls = tls
    this.#verified?.forget()
    server.setSecureContext({ ...this.#contextOptions(tls.certificates[0]), ticketKeys: this.#ticketKey() })
  }

  #ticketKey(): Buffer {
    return this.#tickets.keyAt(Date.now(), this.#tls)
  }

  #contexts(tls: ServedTls): ByName<Shown> {
    const [first, ...others] = tls.certificates
    const shown = (certificate: ServedCertificate): Shown => ({ hosts: certificate.hosts, context: createSecureContext(this.#contextOptions(certificate, tls)) })
    return new ByName([shown(first), ...others.map(shown)])
  }

  #contextOptions({ cert, key }: MadePair, { minVersion, ciphers, clientAuth } = this.#tls): SecureContextOptions {
    return {
      cert,
      key,
      minVersion: `TLSv${minVersion}`,
      ciphers,
      honorCipherOrder: true,
      ...(IS_NODE && { ecdhCurve: GROUPS }),
      // A client that may renegotiate makes the server work for nothing.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      sessionIdContext: this.#tickets.sessionIdContext,
      ...(clientAuth && { ca: clientAuth.ca, ...(clientAuth.crl === undefined ? {} : { crl: clientAuth.crl }) }),
    }
  }
}

/**
 * Whether a request names another host than its connection was made for, as one may do that was let in for that host only.
 * Without a name in TLS, an address is meant: clients ask for none by those.
 */
export function isMisdirected({ servername }: TLSSocket, written: string): boolean {
  const host = parseHost(written)
  // What is no host is refused for that.
  if (!host) return false
  return servername ? servername.toLowerCase().replace(/\.$/, '') !== host.name : parseAddress(host.name.replace(/^\[|\]$/g, '')) === undefined
}
