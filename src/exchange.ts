// Exchange: what is known of one request. Opened once, then only the stages' results are added.
import { type Fields, fieldValue } from './http/fields.js'
import { type Client, type Peer, type Trust, clientBehind, isTrustedPeer } from './http/forwarded.js'
import { headFault, requestFraming, singleHost } from './http/framing.js'
import { type Host, parseHost } from './http/host.js'
import { type ForgivingPolicy, withoutOddNames } from './http/odd-names.js'
import type { Payload } from './http/payload.js'
import { type Target, parseTarget } from './http/target.js'
import { GatewayError } from './errors.js'
import type { Answer } from './ports.js'
import type { WireRequest } from './wire.js'

/** What the adapter or platform knows beside the request itself. */
export interface RequestInfo {
  /** The socket's other end. Platforms that do not tell leave it out. */
  readonly peer?: Partial<Peer>
  /** The country of the peer by two letters (ISO 3166-1), from platforms that tell. */
  readonly country?: string | undefined
  /** Keeps work that outlives the answer going, where the platform would stop it. */
  readonly waitUntil?: (work: Promise<unknown>) => void
}

/** Who asks, as a filter has made sure. */
export interface Identity {
  /** How it was proved. */
  readonly by: 'basic' | 'api-key' | 'jwt' | 'forward-auth' | 'certificate' | 'login'
  /** The name that it was proved for: a user, the name of a key, a token's subject. Empty where a service told something of the client and no name. */
  readonly name: string
  /** Claims of the token, where there is one. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** What becomes of an answer before it goes to the client. */
export type After = (answer: Answer) => Answer | Promise<Answer>

/** One request on its way through the stages. */
export interface Exchange {
  readonly id: string
  readonly startedMs: number
  readonly method: string
  readonly target: Target
  /** The target for the origin, before it is rewritten: routing puts its path in canonical form where the one that was sent could lead astray. */
  outgoing: Target
  /** Canonical host: lower case, no port. */
  readonly host: Host
  /** Field lines as they came, without those whose names are odd; routing puts those back that its route keeps. Filters may change them. */
  fields: Fields
  /** All field lines as they came. */
  readonly sentFields: Fields
  /** What routing takes the lines from that a route keeps: as they came, or as filters have made them, so that no odd twin of a line comes back that a filter vouches for. */
  routedFields: Fields
  /** Filters may put another in its place. */
  body: Payload | undefined
  /** The protocol the client asks to change to. */
  readonly upgrade: 'websocket' | undefined
  /** Sends an interim answer to the client, where the adapter can. */
  readonly inform: ((status: number, fields: Fields) => void) | undefined
  readonly peer: Peer
  /** Of the peer, where the platform tells. */
  readonly country: string | undefined
  /** Whether the peer is a proxy of ours. */
  readonly peerTrusted: boolean
  readonly client: Client
  /** Who asks; a filter sets it. */
  identity: Identity | undefined
  /** What filters want of the answer, that of the last filter first. */
  after: readonly After[] | undefined
  readonly signal: AbortSignal | undefined
  /** Parameters of the matched path, in canonical form; routing sets them. `*` is what the wildcard took. */
  params: Readonly<Record<string, string>>
  readonly background: (work: Promise<unknown>) => void
  /** Written by the stages, read by the log. */
  readonly notes: Notes
}

/** The body of a stored answer, with the forms of it that are stored as well. */
export interface Kept {
  readonly body: Payload
  /** A body of the same bytes in a content coding: as it is stored, else made by `encode`, and stored for the next who asks. Uses `body` up. */
  coded(body: Payload, coding: string, encode: (body: Payload) => Payload): Payload | Promise<Payload>
}

/** What the stages leave behind for the answer's fields and for observers. */
export interface Notes {
  /** Host and path of its route as they are configured. */
  route: string | undefined
  server: string | undefined
  attempts: number
  /** The cookie that keeps the client with its server, when it has to be set. */
  cookie: string | undefined
  cacheStatus: string | undefined
  /** Where the answer's body comes from, or goes to, a store that keeps it in content codings too. */
  kept?: Kept | undefined
  error: string | undefined
  detail: string | undefined
  /** The filter that ended the request. */
  filter: string | undefined
  /** What filters on trial would have refused. */
  trial: string | undefined
}

/** Nothing is known yet. */
export function newNotes(): Notes {
  return { route: undefined, server: undefined, attempts: 0, cookie: undefined, cacheStatus: undefined, error: undefined, detail: undefined, filter: undefined, trial: undefined }
}

/** What opening takes from the gateway. */
export interface Opening {
  readonly trust: Trust
  readonly oddNames: ForgivingPolicy
  readonly nowMs: number
  readonly newId: () => string
}

const NOBODY: Partial<Peer> = {}
const REQUEST_ID = /^[\w.:=+/-]{1,128}$/

/** An exchange of a request that could not be read: it has an id for the log, and the error to answer with. */
export interface Unreadable {
  readonly id: string
  readonly error: GatewayError
}

/**
 * Reads a request, and refuses what could be read in two ways: bad framing, no or several Hosts, a malformed target,
 * an absolute-form target that names another host (RFC 9112 §3.2). Nothing has looked at the request before this.
 */
export function openExchange(wire: WireRequest, info: RequestInfo, { trust, oddNames, nowMs, newId }: Opening): Exchange | Unreadable {
  const { method } = wire
  const { address, port, local, scheme = 'http', certificate } = info.peer ?? NOBODY
  const peer: Peer = { address, port, local, scheme, certificate }
  const peerTrusted = isTrustedPeer(trust, peer)
  const id = (peerTrusted && trustedId(wire.fields)) || newId()
  const refuse = (detail: string): Unreadable => ({ id, error: new GatewayError('http_request_error', { detail }) })

  const fault = headFault(method, wire.fields)
  if (fault !== undefined) return refuse(`The request has ${fault}.`)
  const fields = withoutOddNames(wire.fields, oddNames)
  const framing = requestFraming(fields)
  if (framing.kind === 'fault') return refuse(`The request has ${framing.detail}.`)
  const written = singleHost(fields)
  if (written === undefined) return refuse('The request has more than one Host.')
  const parsed = parseTarget(method, wire.target)
  if (parsed.kind === 'fault') return refuse(`The request target is malformed: ${parsed.detail}.`)
  const host = parseHost(written)
  if (!host) return refuse(written === '' ? 'The request has no Host.' : 'The Host is malformed.')
  const { target } = parsed
  if (target.authority && !agree(target.authority, host)) return refuse('The request target and Host name different hosts.')

  return {
    id,
    startedMs: nowMs,
    method,
    target,
    outgoing: target,
    host,
    fields,
    sentFields: wire.fields,
    routedFields: wire.fields,
    body: wire.body,
    upgrade: wire.upgrade,
    inform: wire.inform?.bind(wire),
    peer,
    country: info.country,
    peerTrusted,
    client: clientBehind(trust, peer, written, fields),
    identity: undefined,
    after: undefined,
    signal: wire.signal,
    params: {},
    background: info.waitUntil ?? (() => {}),
    notes: newNotes(),
  }
}

/** Whether Host names what an absolute-form target does; a Host without a port leaves that to the scheme. */
function agree(authority: Host, host: Host): boolean {
  return authority.name === host.name && (host.port === undefined ? authority.port === '80' || authority.port === '443' : authority.port === host.port)
}

/** A trusted proxy's request id is kept, so that one id follows a request through the whole chain. */
function trustedId(fields: Fields): string | undefined {
  const id = fieldValue(fields, 'x-request-id')
  return id !== undefined && REQUEST_ID.test(id) ? id : undefined
}
