// Asks DNS servers: over UDP, and over TCP where an answer does not fit (RFC 1035 §4.2, RFC 7766).
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { GatewayError } from '../../src/index.js'
import { decodeReply, encodeQuery, type RecordType, type Reply } from './message.js'

/** Where a DNS server listens. */
export interface DnsServer {
  readonly address: string
  readonly port: number
}

/** What came of a question: records, or that there are none. */
export type Records<T extends RecordType> = Extract<Reply<T>, { readonly kind: 'records' }>

/** How long one server may take before the next is asked, or the same once more. */
const TRY_MS = 1500
const ROUNDS = 2

const FAILURES: Readonly<Record<number, string>> = { 1: 'FORMERR', 2: 'SERVFAIL', 4: 'NOTIMP', 5: 'REFUSED' }

/** Asks the servers in turn, twice, until one can tell. Rejects with `dns_timeout` when none answered, and with `dns_error` when one that did could not tell. */
export async function ask<T extends RecordType>(servers: readonly DnsServer[], name: string, type: T, tryMs = TRY_MS): Promise<Records<T>> {
  let failure = new GatewayError('dns_timeout', { message: `no DNS server answered for ${name}` })
  for (let turn = 0; turn < servers.length * ROUNDS; turn++) {
    const server = servers[turn % servers.length]!
    try {
      const reply = await askOne(server, name, type, tryMs)
      if (reply.kind === 'records') return reply
      failure = new GatewayError('dns_error', { message: `${server.address} answered ${(reply.kind === 'failure' && FAILURES[reply.code]) || 'nothing of use'} for ${name}` })
    } catch (error) {
      if (!(error instanceof Silence)) failure = new GatewayError('dns_error', { message: `${server.address} cannot be asked for ${name}: ${(error as Error).message}`, cause: error })
    }
  }
  throw failure
}

/** The time of a try passed. */
class Silence extends Error {}

async function askOne<T extends RecordType>(server: DnsServer, name: string, type: T, tryMs: number): Promise<Reply<T>> {
  // Whoever would slip in an answer has to guess it, and the port that the system chose.
  const id = crypto.getRandomValues(new Uint16Array(1))[0]!
  const query = encodeQuery(id, name, type)
  if (!query) return { kind: 'records', records: [], exists: false, ttlSeconds: undefined }
  const read = (bytes: Buffer): Reply<T> => decodeReply(bytes, id, name, type)
  const reply = await overUdp(server, query, tryMs, read)
  return reply.kind === 'truncated' ? overTcp(server, query, tryMs, read) : reply
}

function overUdp<T extends RecordType>({ address, port }: DnsServer, query: Buffer, tryMs: number, read: (bytes: Buffer) => Reply<T>): Promise<Reply<T>> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    const timer = setTimeout(() => end(() => reject(new Silence())), tryMs)
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      socket.removeAllListeners('message')
      socket.close()
      settle()
    }
    socket.on('error', (error) => end(() => reject(error)))
    // A connected socket takes datagrams from that server alone.
    socket.connect(port, address, () => socket.send(query))
    socket.on('message', (bytes) => {
      const reply = read(bytes)
      if (reply.kind !== 'stray') end(() => resolve(reply))
    })
  })
}

function overTcp<T extends RecordType>({ address, port }: DnsServer, query: Buffer, tryMs: number, read: (bytes: Buffer) => Reply<T>): Promise<Reply<T>> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port })
    const timer = setTimeout(() => end(() => reject(new Silence())), tryMs)
    let bytes = Buffer.alloc(0)
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      socket.destroy()
      settle()
    }
    socket.on('error', (error) => end(() => reject(error)))
    socket.on('close', () => end(() => reject(new Error('the connection was closed'))))
    socket.on('connect', () => socket.write(Buffer.concat([Buffer.of(query.byteLength >> 8, query.byteLength & 255), query])))
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      const length = bytes.byteLength < 2 ? Infinity : bytes.readUInt16BE(0)
      if (bytes.byteLength >= 2 + length) end(() => resolve(read(bytes.subarray(2, 2 + length))))
    })
  })
}
