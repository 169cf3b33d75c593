// Does memory or the number of open files grow over many streams, or WebSockets, that clients abandon?
//
//   node bench/soak.mjs [--runtime node|bun|deno] [--streams 100000] [--adapter native|strict] [--websockets [--ping 30s]]
//
// Starts an origin that streams without end and the built gateway in front of it, and leaves streams half-way, 64 at a
// time: half before the head has come, half after the first bytes of the body. With --websockets, each stream is a
// WebSocket on which one message has passed both ways: half of them say goodbye, half are reset by one end or the other,
// every other one of these inside a frame. Prints memory and open files of the gateway after each tenth. Exits 1 when
// files are left open at the end, or when memory grew by more than half from the second tenth to the last. Deno's heap
// is still filling over the first ten thousand.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'node' },
    adapter: { type: 'string', default: 'native' },
    streams: { type: 'string', default: '100000' },
    websockets: { type: 'boolean', default: false },
    ping: { type: 'string' },
  },
})
const streams = Number(values.streams)
const CONCURRENT = 64
const root = fileURLToPath(new URL('../', import.meta.url))
const commands = { node: [process.execPath], bun: [join(root, 'node_modules/.bin/bun')], deno: [join(root, 'node_modules/.bin/deno'), 'run', '-A'] }

const piece = `1000\r\n${'x'.repeat(4096)}\r\n`
let upstreamOpen = 0
const origin = createServer((socket) => {
  upstreamOpen++
  socket.on('close', () => upstreamOpen--)
  socket.on('error', () => socket.destroy())
  socket.once('data', (head) => {
    if (head.includes('GET /silent')) return
    if (head.includes('GET /socket')) return acceptWebSocket(socket, head.toString('latin1'))
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const send = () => {
      while (!socket.destroyed) if (!socket.write(piece)) return void socket.once('drain', send)
    }
    send()
  })
}).listen(0, '127.0.0.1')
await once(origin, 'listening')

/** Answers a message with one of its own, a goodbye with a goodbye, and "reset" with a reset, at times inside a frame. */
function acceptWebSocket(socket, head) {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)[1]
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
  eachFrame(socket, (opcode, payload) => {
    if (opcode === 8) socket.end(Buffer.from([0x88, 2, ...payload.subarray(0, 2)]))
    else if (payload.includes('reset')) socket.resetAndDestroy()
    else if (payload.includes('half')) socket.write(Buffer.from([0x81, 5, 0x68]), () => socket.resetAndDestroy())
    else if (opcode === 1) socket.write(Buffer.from([0x81, payload.length, ...payload]))
  })
}

/** Reads short frames, which is all that is sent here. */
function eachFrame(socket, take) {
  let bytes = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    for (;;) {
      if (bytes.length < 2) return
      const masked = bytes[1] >> 7
      const start = 2 + 4 * masked
      const end = start + (bytes[1] & 0x7f)
      if (bytes.length < end) return
      const payload = bytes.subarray(start, end).map((byte, i) => (masked ? byte ^ bytes[2 + (i % 4)] : byte))
      take(bytes[0] & 0x0f, Buffer.from(payload))
      bytes = bytes.subarray(end)
    }
  })
}

const folder = mkdtempSync(join(tmpdir(), 'fetchgate-soak-'))
const config = join(folder, 'config.json')
writeFileSync(config, JSON.stringify({ listen: { adapter: values.adapter }, upstreams: { app: { targets: [`http://127.0.0.1:${origin.address().port}`], ...(values.ping ? { websocket: { ping: values.ping } } : {}) } }, routes: [{ upstream: 'app' }] }))
const [command, ...args] = commands[values.runtime]
const gateway = spawn(command, [...args, join(root, 'dist/cli.js'), 'serve', '--config', config, '--host', '127.0.0.1', '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] })
const port = await new Promise((resolve) => gateway.stdout.on('data', (chunk) => resolve(Number(/127\.0\.0\.1:(\d+)/.exec(chunk.toString())?.[1]))))

const openFiles = () => readdirSync(`/proc/${gateway.pid}/fd`).length
const rssMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))[1]) / 1024

/** Opens a stream and leaves it: `/silent` while the head is awaited, `/flood` once bytes of the body have come. */
function abandon(path) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: soak\r\n\r\n`))
    if (path === '/silent') setTimeout(() => socket.resetAndDestroy(), 5)
    socket.on('data', (chunk) => chunk.length > 1024 && socket.resetAndDestroy())
    socket.on('error', () => {})
    socket.on('close', resolve)
  })
}

const zeroMask = (opcode, payload) => Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0, ...payload])
const MANNERS = ['goodbye', 'client resets', 'goodbye', 'origin resets', 'goodbye', 'client resets inside', 'goodbye', 'origin resets inside']
let opened = 0

/** Opens a WebSocket, has one message echoed, and leaves it. */
function useWebSocket() {
  const manner = MANNERS[opened++ % MANNERS.length]
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /socket HTTP/1.1\r\nHost: soak\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'))
    socket.on('error', () => {})
    socket.on('close', resolve)
    let head = Buffer.alloc(0)
    socket.on('data', function readHead(chunk) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.off('data', readHead)
      if (!head.includes(' 101 ')) throw new Error(`no 101: ${head.subarray(0, end)}`)
      eachFrame(socket, (opcode) => {
        if (opcode === 8) socket.end(zeroMask(8, []))
        if (opcode !== 1) return
        if (manner === 'goodbye') socket.write(zeroMask(8, [0x0f, 0xa1]))
        else if (manner === 'client resets') socket.resetAndDestroy()
        else if (manner === 'client resets inside') socket.write(zeroMask(1, Buffer.from('hello')).subarray(0, 8), () => socket.resetAndDestroy())
        else socket.write(zeroMask(1, Buffer.from(manner === 'origin resets' ? 'reset' : 'half')))
      })
      socket.emit('data', head.subarray(end + 4))
      socket.write(zeroMask(1, Buffer.from('hello')))
    })
  })
}

const filesBefore = openFiles()
const rows = []
for (let tenth = 1; tenth <= 10; tenth++) {
  let left = streams / 10
  await Promise.all(Array.from({ length: CONCURRENT }, async () => {
    while (left-- > 0) await (values.websockets ? useWebSocket() : abandon(left % 2 ? '/silent' : '/flood'))
  }))
  rows.push({ streams: (streams / 10) * tenth, rssMiB: Math.round(rssMiB()), openFiles: openFiles(), upstreamOpen })
  console.log(`${String(rows.at(-1).streams).padStart(8)} streams  ${String(rows.at(-1).rssMiB).padStart(5)} MiB  ${String(rows.at(-1).openFiles).padStart(5)} files  ${upstreamOpen} upstream connections`)
}
// Connections that are still closing get a moment.
for (let i = 0; i < 50 && (upstreamOpen > 0 || openFiles() > filesBefore + 8); i++) await new Promise((resolve) => setTimeout(resolve, 100))
const [second, last] = [rows[1], rows.at(-1)]
const grown = last.rssMiB > second.rssMiB * 1.5
const leaked = upstreamOpen > 0 || openFiles() > filesBefore + 8
console.log(`memory ${grown ? 'GREW' : 'is flat'}: ${second.rssMiB} → ${last.rssMiB} MiB; files ${leaked ? 'LEAKED' : 'are closed'}: ${filesBefore} → ${openFiles()}, ${upstreamOpen} upstream connections left`)
gateway.kill('SIGKILL')
origin.close()
process.exit(grown || leaked ? 1 : 0)
