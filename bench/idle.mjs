// What an idle client connection costs in memory: npm run bench:idle [-- --connections 10000 --only node,bun]
//
// Each proxy gets that many keep-alive connections, one answered request on each, and then nothing. Prints resident memory of its processes (Pss, so that
// pages shared by several count once) before, with all of them open after five seconds, and the difference for each. Needs `ulimit -n` above the connections.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { freePort, proxyCommands, start, tree } from './contestants.mjs'

const { values } = parseArgs({ options: { connections: { type: 'string', default: '10000' }, only: { type: 'string' } } })
const connections = Number(values.connections)
const origin = createServer((_, response) => response.end('hello, world\n'))
await new Promise((resolve) => origin.listen(0, '127.0.0.1', resolve))
// Each file has room for more connections than it needs elsewhere.
const edit = (text) => text.replace('worker_connections 4096', 'worker_connections 20000').replace('nbthread 1', 'nbthread 1\n  maxconn 15000\n  no strict-limits').replace('mode http', 'mode http\n  maxconn 15000')
const COMMANDS = proxyCommands({ origin: origin.address().port, edit })

console.log(`| ${connections} idle connections | before, MB | with them, MB | KiB for each |\n|---|---|---|---|`)
for (const name of values.only?.split(',') ?? ['nginx', 'haproxy', 'node', 'bun', 'deno']) {
  const port = await freePort()
  const child = await start(COMMANDS[name](port), port)
  // What the first requests load belongs to the runtime and not to a connection.
  const warm = await open(port, 200)
  for (const socket of warm) socket.destroy()
  await pause(2000)
  const before = memoryBytes(child.pid)
  const sockets = await open(port, connections)
  await pause(5000)
  const after = memoryBytes(child.pid)
  const alive = sockets.filter((socket) => !socket.destroyed).length
  if (alive < connections) console.error(`${name} closed ${connections - alive} of them`)
  console.log(`| ${name} | ${(before / 1e6).toFixed(0)} | ${(after / 1e6).toFixed(0)} | ${((after - before) / alive / 1024).toFixed(1)} |`)
  for (const socket of sockets) socket.destroy()
  child.kill('SIGTERM')
}
process.exit(0)

/** Opens so many, a hundred at a time, and waits for the answer on each. */
async function open(port, count) {
  const sockets = []
  while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, () => answered(port)))))
  return sockets
}

function answered(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /small HTTP/1.1\r\nHost: idle.example\r\n\r\n'))
    socket.on('error', reject)
    socket.on('data', (bytes) => {
      if (bytes.includes('hello, world')) resolve(socket)
    })
  })
}

/** Of a process and all below it. */
function memoryBytes(pid) {
  return tree(pid).reduce((sum, each) => sum + Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))[1]) * 1024, 0)
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
