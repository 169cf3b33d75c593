// A listener over node:http, the strict one: raw targets, every timer, on Node, Bun and Deno alike.
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse, STATUS_CODES } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { Server as NetServer, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { GatewayError, type ErrorCode, type Gateway } from '../../src/index.js'
import { type Answer, BytesPayload, fieldValue, problemAnswer } from '../../src/adapter.js'
import type { Server } from '../shared/adapter.js'
import { describeListener, type ListenOptions, MAX_HEAD_BYTES } from '../shared/listen.js'
import { lastWord } from '../shared/last-word.js'
import { Http2Front } from '../http2/front.js'
import { TicketKeys } from '../tls/ticket-keys.js'
import { mendWrites } from './deno-tls.js'
import { createProxyFront, introduce, peerOf } from './front.js'
import { isDoubtful, NodeRequest } from './request.js'
import { sendAnswer } from './response.js'
import { isMisdirected, ListenerTls } from './secure.js'
import { isBusy, turnOn, Turns } from './turns.js'
import { answerUpgrade, asksForWebSocket, isLast, ONLY_WEBSOCKET, readAsPlain } from './upgrade.js'

/** Listens. Rejects with node's error when the port cannot be had. */
export async function serveNodeHttp(gateway: Gateway, options: ListenOptions): Promise<Server> {
  let draining = false
  const tls = options.tls && new ListenerTls(options.tls, new TicketKeys(options.ticketSecret, `${options.unix ?? `${options.host} ${options.port}`}`), options.certificates)
  const http2 = tls && options.http2 ? new Http2Front(gateway, { ...options, asksClients: tls.asksClients }) : undefined
  const refuseTelling = (request: IncomingMessage, code: ErrorCode): void => {
    const { socket, method = '', url: target = '', rawHeaders: fields } = request
    endWith(socket, options.own.give({ method, target, fields }, peerOf(socket), new GatewayError(code)))
  }
  const turns = new Turns(({ request, response }) => {
    const { socket } = request
    // A client that resets the connection is reported by the response's "close"; unheard, the error would end the process.
    request.on('error', ignore)
    response.on('error', ignore)
    response.on('finish', dismissRest)
    if (isDoubtful(request)) return refuseTelling(request, 'http_request_error')
    if (tls?.asksClients && isMisdirectedRequest(request)) return refuseTelling(request, 'misdirected')
    gateway
      .handle(new NodeRequest(request, response), { peer: peerOf(socket) })
      .then((answer) => sendAnswer(response, answer, draining || isLast(request)))
      .catch((error: Error) => {
        // A head that node:http will not write, such as one with a forbidden byte in it.
        process.emitWarning(error)
        if (response.headersSent) response.destroy()
        else refuse(socket, 'proxy_internal_error')
      })
  })
  const httpOptions = {
    ...ONLY_WEBSOCKET,
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: options.headersMs,
    // A limit on a whole upload would end slow but honest ones; stalls are watched instead.
    requestTimeout: 0,
    keepAliveTimeout: options.keepAliveMs,
    connectionsCheckingInterval: Math.min(1000, options.headersMs),
    requireHostHeader: false,
  }
  const take = (request: IncomingMessage, response: ServerResponse): void => turns.take({ request, response })
  const server = tls ? createHttpsServer({ ...httpOptions, ...tls.serverOptions(options.headersMs, http2 ? ['h2', 'http/1.1'] : ['http/1.1']) }, take) : createServer(httpOptions, take)
  server.maxHeadersCount = 0
  server.timeout = options.stallMs
  server.on('timeout', endStalled)
  server.on('clientError', answerMalformed)
  const upgraded = new Set<Socket>()
  server.on('upgrade', (request: IncomingMessage, socket: Socket, early: Buffer) => {
    if (isLost(socket)) return
    if (!asksForWebSocket(request)) return readAsPlain(server, request, socket, early)
    if (draining) return refuse(socket, 'shutting_down')
    if (tls?.asksClients && isMisdirectedRequest(request)) return refuseTelling(request, 'misdirected')
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    answerUpgrade(gateway, request, socket, early).catch((error: Error) => {
      process.emitWarning(error)
      socket.destroy()
    })
  })
  server.on('connect', (_request, socket) => isLost(socket as Socket) || refuse(socket as Socket, 'not_implemented'))
  const proxied = options.proxiesFrom.length > 0 ? createProxyFront(server, options.proxiesFrom, options.headersMs) : undefined
  const front = proxied?.server ?? server
  /** Beneath TLS, where those stand that are still shaking hands. */
  const sockets = new Set<Socket>()
  if (tls) {
    tls.rotateTicketKeys(server as HttpsServer)
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    if (http2) takeHttp2(server as HttpsServer, http2)
    if ('Deno' in globalThis) server.prependListener('secureConnection', mendWrites)
    if (options.certificates) server.prependListener('secureConnection', (socket: TLSSocket) => ListenerTls.isChallenge(socket) && socket.end())
    if (proxied || tls.asksClients) server.prependListener('secureConnection', (socket: TLSSocket) => introduce(socket, proxied?.toldOf(socket), tls.certificateOf(socket)))
  }
  await listening(front, options)
  const address = front.address()
  return {
    ...describeListener(options, typeof address === 'object' && address ? address.port : 0),
    ...(tls && ('Bun' in globalThis ? { keepsCertificates: 'node:https of Bun keeps those it began with; take the "native" adapter' } : { renew: (next) => tls.renew(next, server as HttpsServer) })),
    connections: () => connectionsOf(front),
    close: async (timeoutMs) => {
      draining = true
      http2?.announceEnd()
      const deadlineMs = performance.now() + timeoutMs
      await lastWord(timeoutMs, () => connectionsOf(front))
      http2?.end()
      await drain(front, server, [upgraded, sockets], deadlineMs - performance.now())
    },
  }
}

/** Has connections that have settled on HTTP/2 go there; all others go on as they did. */
function takeHttp2(server: HttpsServer, http2: Http2Front): void {
  const [takeHttp1] = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => (socket.alpnProtocol === 'h2' ? http2.take(socket) : takeHttp1!.call(server, socket)))
}

function isMisdirectedRequest({ socket, rawHeaders }: IncomingMessage): boolean {
  return isMisdirected(socket as TLSSocket, fieldValue(rawHeaders, 'host') ?? '')
}

function listening(server: NetServer, { host, port, unix, reusePort }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...(unix === undefined ? { host, port, reusePort } : { path: unix }), backlog: 4096 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Nothing moved on a socket for the stall time. That is a fault only where the client is the one to move. */
function endStalled(socket: Socket): void {
  const { request, response } = turnOn(socket) ?? {}
  // What has come and is not taken waits for the server.
  const uploading = request !== undefined && !request.complete && request.readableLength === 0
  const notReading = response !== undefined && response.writableLength > 0
  const idle = response === undefined || response.writableFinished
  if (uploading || notReading || idle) socket.destroy()
}

/**
 * Ends a connection that node:http has let go of while an answer is under way on it or was the last one: it would neither be
 * finished nor timed out any more. From here on its errors are ours; unheard, one would end the process.
 */
function isLost(socket: Socket): boolean {
  if (!socket.listeners('error').includes(ignore)) socket.on('error', ignore)
  if (socket.writable && !isBusy(socket)) return false
  socket.destroy()
  return true
}

/** What node:http's parser refused. Nothing of such a message has reached the gateway. */
function answerMalformed(error: Error & { code?: string }, socket: Socket): void {
  // Whoever does not get through the handshake would not understand an answer.
  const isHandshake = (socket as TLSSocket).encrypted && !/^(HPE_|ERR_HTTP_)/.test(error.code ?? '')
  if (error.code === 'ECONNRESET' || isHandshake || !socket.writable) return void socket.destroy()
  const code: ErrorCode = error.code === 'HPE_HEADER_OVERFLOW' ? 'header_section_size' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'client_timeout' : 'http_request_error'
  refuse(socket, code)
}

/** A refusal of what nobody could be told of by method and target. */
function refuse(socket: Socket, code: ErrorCode): void {
  endWith(socket, problemAnswer(new GatewayError(code), crypto.randomUUID(), { method: 'GET', fields: [] }))
}

function endWith(socket: Socket, { status, fields, body }: Answer): void {
  const { response } = turnOn(socket) ?? {}
  // An answer that has begun cannot be followed by another one; breaking it off is all that is left.
  if (response?.headersSent && !response.writableFinished) return void socket.destroy()
  const lines = fields.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${fields[i + 1]}`] : []))
  socket.write([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, 'Connection: close', '', ''].join('\r\n'))
  socket.end(body instanceof BytesPayload ? body.bytes : '')
}

function connectionsOf(server: NetServer): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
}

/** Answers in flight end, and say that they are the last; idle connections go at once; what is left at the deadline is broken off. */
async function drain(front: NetServer, server: HttpServer, others: readonly ReadonlySet<Socket>[], timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => front.close(() => resolve()))
  const sweep = setInterval(() => server.closeIdleConnections(), 100)
  const deadline = setTimeout(() => {
    server.closeAllConnections()
    for (const sockets of others) for (const socket of sockets) socket.destroy()
  }, timeoutMs)
  server.closeIdleConnections()
  await closed
  clearInterval(sweep)
  clearTimeout(deadline)
}

/** How long the rest of a request may take that was answered before it was complete. */
const LINGER_MS = 5000

/** The answer is out and the request is not in: takes the rest in for a while, so that the client reads the answer and not a reset. */
function dismissRest(this: ServerResponse): void {
  const request = this.req
  if (request.complete) return
  request.resume()
  const deadline = setTimeout(() => request.destroy(), LINGER_MS)
  deadline.unref()
  request.once('close', () => clearTimeout(deadline))
}

function ignore(): void {}
