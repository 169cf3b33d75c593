// A DNS server whose answers a test decides, over UDP and TCP on one port of the loopback.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

/** What the server says of a name. */
export interface Zone {
  readonly ttlSeconds?: number
  readonly A?: readonly string[]
  readonly AAAA?: readonly string[]
  readonly SRV?: readonly { readonly priority: number; readonly weight: number; readonly port: number; readonly target: string }[]
  /** Another name that it is an alias of; that one's records are given too. */
  readonly CNAME?: string
  /** Over UDP it says only that there is more to say. */
  readonly truncated?: boolean
}

/** Other things a server may do. */
export type Failing = 'silence' | 'SERVFAIL' | 'REFUSED' | 'garbage'

export interface TestDns {
  readonly port: number
  /** As `resolver.servers` takes it. */
  readonly address: string
  /** Every question that came, as `NAME TYPE over PROTOCOL`. */
  readonly asked: string[]
  /** What is known of names, in lower case. A name that is not there does not exist. */
  readonly zones: Map<string, Zone | Failing>
  /** What it does with a name of one type instead, as `NAME TYPE`. */
  readonly failing: Map<string, Failing>
  close(): Promise<void>
}

const TYPE_NAMES: Readonly<Record<number, 'A' | 'AAAA' | 'SRV'>> = { 1: 'A', 28: 'AAAA', 33: 'SRV' }
const TYPES = { A: 1, CNAME: 5, AAAA: 28, SRV: 33 }
const RESPONSE_CODES = { SERVFAIL: 2, REFUSED: 5 }
const NO_SUCH_NAME = 3

/** A port that is free for both protocols. */
async function listenOnBoth(tcp: Server): Promise<Socket> {
  for (;;) {
    tcp.listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    const udp = createSocket('udp4')
    udp.bind((tcp.address() as AddressInfo).port, '127.0.0.1')
    const bound = await once(udp, 'listening').then(() => true, () => false)
    if (bound) return udp
    udp.close()
    tcp.close()
    await once(tcp, 'close')
  }
}

/** Starts a server. */
export async function startDns(zones: Readonly<Record<string, Zone | Failing>> = {}): Promise<TestDns> {
  const tcp = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      const reply = answer(bytes.subarray(2), 'tcp')
      if (reply) socket.write(Buffer.concat([u16(reply.byteLength), reply]))
    })
  })
  const udp = await listenOnBoth(tcp)
  const { port } = udp.address()
  const server: TestDns = {
    port,
    address: `127.0.0.1:${port}`,
    asked: [],
    zones: new Map(Object.entries(zones)),
    failing: new Map(),
    close: async () => {
      udp.close()
      tcp.close()
      await once(tcp, 'close')
    },
  }
  udp.on('message', (bytes: Buffer, from: RemoteInfo) => {
    const reply = answer(bytes, 'udp')
    if (reply) udp.send(reply, from.port, from.address)
  })
  const answer = (query: Buffer, over: 'udp' | 'tcp'): Buffer | undefined => {
    const { name, type, question } = readQuestion(query)
    server.asked.push(`${name} ${type} over ${over}`)
    const zone = server.failing.get(`${name} ${type}`) ?? server.zones.get(name)
    const head = (flags: number, answers: number): Buffer => Buffer.concat([query.subarray(0, 2), u16(0x8180 | flags), u16(1), u16(answers), u16(0), u16(0), question])
    if (zone === 'silence') return undefined
    if (zone === 'garbage') return Buffer.from('not a message at all')
    if (zone === 'SERVFAIL' || zone === 'REFUSED') return head(RESPONSE_CODES[zone], 0)
    if (!zone) return head(NO_SUCH_NAME, 0)
    if (zone.truncated && over === 'udp') return head(0x0200, 0)
    const records = recordsOf(name, type, zone, server.zones)
    return Buffer.concat([head(0, records.length), ...records])
  }
  return server
}

function readQuestion(query: Buffer): { name: string; type: 'A' | 'AAAA' | 'SRV'; question: Buffer } {
  const labels: string[] = []
  let at = 12
  while (query[at]! > 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
    at += query[at]! + 1
  }
  return { name: labels.join('.').toLowerCase(), type: TYPE_NAMES[query.readUInt16BE(at + 1)]!, question: query.subarray(12, at + 5) }
}

function recordsOf(name: string, type: 'A' | 'AAAA' | 'SRV', zone: Zone, zones: ReadonlyMap<string, Zone | Failing>): Buffer[] {
  const ttlSeconds = zone.ttlSeconds ?? 60
  if (zone.CNAME !== undefined) {
    const next = zones.get(zone.CNAME)
    return [record(name, TYPES.CNAME, ttlSeconds, nameBytes(zone.CNAME)), ...(typeof next === 'object' ? recordsOf(zone.CNAME, type, next, zones) : [])]
  }
  if (type === 'SRV') return (zone.SRV ?? []).map(({ priority, weight, port, target }) => record(name, TYPES.SRV, ttlSeconds, Buffer.concat([u16(priority), u16(weight), u16(port), nameBytes(target)])))
  return (zone[type] ?? []).map((address) => record(name, TYPES[type], ttlSeconds, type === 'A' ? Buffer.from(address.split('.').map(Number)) : v6Bytes(address)))
}

function record(owner: string, type: number, ttlSeconds: number, content: Buffer): Buffer {
  return Buffer.concat([nameBytes(owner), u16(type), u16(1), u16(ttlSeconds >> 16), u16(ttlSeconds & 0xffff), u16(content.byteLength), content])
}

function nameBytes(name: string): Buffer {
  return Buffer.concat([...name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])), Buffer.of(0)])
}

function v6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  const groups = tail === undefined ? [...head] : [...head, ...new Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return Buffer.concat(groups.map((group) => u16(parseInt(group, 16))))
}

function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255)
}
