// Does memory or the number of open files grow over many streams that clients abandon?
//
//   node bench/soak.mjs [--runtime node|bun|deno] [--streams 100000] [--adapter native|strict]
//
// Starts an origin that streams without end and the built gateway in front of it, and leaves streams half-way, 64 at a
// time: half before the head has come, half after the first bytes of the body. Prints memory and open files of the
// gateway after each tenth. Exits 1 when files are left open at the end, or when memory grew by more than half from
// the second tenth to the last.
import { spawn } from 'node:child_process'
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
  socket.on('data', (head) => {
    if (head.includes('GET /silent')) return
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const send = () => {
      while (!socket.destroyed) if (!socket.write(piece)) return void socket.once('drain', send)
    }
    send()
  })
}).listen(0, '127.0.0.1')
await once(origin, 'listening')

const folder = mkdtempSync(join(tmpdir(), 'fetchgate-soak-'))
const config = join(folder, 'config.json')
writeFileSync(config, JSON.stringify({ listen: { adapter: values.adapter }, upstreams: { app: { targets: [`http://127.0.0.1:${origin.address().port}`] } }, routes: [{ upstream: 'app' }] }))
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

const filesBefore = openFiles()
const rows = []
for (let tenth = 1; tenth <= 10; tenth++) {
  let left = streams / 10
  await Promise.all(Array.from({ length: CONCURRENT }, async () => {
    while (left-- > 0) await abandon(left % 2 ? '/silent' : '/flood')
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
