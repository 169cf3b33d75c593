// What silent clients cost in memory: npm run bench:idle [-- --connections 10000 --only nginx,node,bun --kinds connections,sockets --write]
//
// Each proxy gets that many keep-alive connections, one answered request on each, and then nothing; then, in a new process, that many WebSockets, on
// each of which one message came back. Prints memory of its processes (Pss, so that pages shared by several count once) before, with all of them open
// after five seconds, and the difference for each. A WebSocket takes a proxy two descriptors: where `ulimit -n` is too low there are fewer of them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { freePort, installed, memoryBytes, NAMES, openConnections, PEERS, proxyCommands, roomForMany, start } from './contestants.mjs'
import { show, tableOf, WRITE } from './tables.mjs'

const { values } = parseArgs({
  options: { connections: { type: 'string', default: '10000' }, kinds: { type: 'string', default: 'connections,sockets' }, only: { type: 'string', default: 'nginx,haproxy,node,bun,deno' }, peers: PEERS, write: WRITE },
})
const descriptors = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))[1])
const connections = Math.min(Number(values.connections), descriptors - 200)
const sockets = Math.min(Number(values.connections), Math.floor((descriptors - 200) / 2))

if (values.kinds.includes('connections')) {
  const origin = createServer((_, response) => response.end('hello, world\n'))
  await new Promise((resolve) => origin.listen(0, '127.0.0.1', resolve))
  await compare('idle connections', connections, origin.address().port, openConnections)
}
if (values.kinds.includes('sockets')) {
  // A process of its own: its descriptors are as many as those of the clients.
  const origin = spawn(process.execPath, [new URL('proxies/echo.mjs', import.meta.url).pathname], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.on('exit', () => origin.kill('SIGKILL'))
  await compare('idle WebSockets', sockets, Number((await once(origin.stdout, 'data'))[0]), openSockets)
}
process.exit(0)

async function compare(what, count, origin, open) {
  const commands = proxyCommands({ origin, peers: values.peers, edit: roomForMany })
  const rows = []
  for (const name of installed(values.only.split(','), values.peers)) {
    const port = await freePort()
    const child = await start(commands[name](port), port)
    // What the first requests load belongs to the runtime and not to a connection.
    for (const socket of await open(port, 200)) socket.destroy()
    await pause(2000)
    const before = memoryBytes(child.pid)
    const opened = await open(port, count)
    await pause(5000)
    const after = memoryBytes(child.pid)
    const alive = opened.filter((socket) => !socket.destroyed).length
    if (alive < count) console.error(`${NAMES[name]} closed ${count - alive} of them`)
    rows.push([NAMES[name], (before / 1e6).toFixed(0), (after / 1e6).toFixed(0), ((after - before) / alive / 1024).toFixed(1)])
    for (const socket of opened) socket.destroy()
    child.kill('SIGTERM')
    await pause(500)
  }
  show(what, tableOf([`${count.toLocaleString('en')} ${what}`, 'before, MB', 'with them, MB', 'KiB for each'], rows), values.write)
}

/** Opens so many WebSockets, a hundred at a time, and waits until a message came back on each. */
async function openSockets(port, count) {
  const opened = []
  while (opened.length < count) opened.push(...(await Promise.all(Array.from({ length: Math.min(100, count - opened.length) }, () => echoed(port)))))
  return opened
}

function echoed(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /socket HTTP/1.1\r\nHost: idle.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'))
    let got = Buffer.alloc(0)
    let asked = false
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`a WebSocket was closed before its message came back, after: ${got}`)))
    socket.on('data', (bytes) => {
      got = Buffer.concat([got, bytes])
      if (!asked && got.includes('\r\n\r\n')) {
        if (!got.toString('latin1').startsWith('HTTP/1.1 101')) return reject(new Error(`no WebSocket: ${got}`))
        asked = true
        // The text "hello, socket", masked with zeros.
        socket.write(Buffer.concat([Buffer.of(0x81, 0x80 | 13, 0, 0, 0, 0), Buffer.from('hello, socket')]))
      }
      if (got.includes('hello, socket')) {
        got = Buffer.alloc(0)
        resolve(socket)
      }
    })
  })
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
