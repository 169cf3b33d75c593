// What a static file costs beside nginx: npm run bench:files [-- --seconds 5]
//
// Each server serves the same folder with one process. Answers are compared before anything is timed. What counts is the time of the processor for a request: how many
// requests go through in a second says more of what else the machine does. Needs wrk and nginx.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { folder, freePort, processorSeconds, served, start, tool } from './contestants.mjs'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } })
const SIZES = { '1 KiB': 1024, '64 KiB': 64 * 1024, '1 MiB': 1024 ** 2 }

const root = join(folder, 'public')
mkdirSync(root)
for (const bytes of Object.values(SIZES)) {
  const path = join(root, `${bytes}.js`)
  writeFileSync(path, randomBytes(bytes))
  utimesSync(path, 1_750_000_000, 1_750_000_000)
}
// Files written just now are read anew each time, since another version could have the same times.
await wait(2500)

const config = join(folder, 'files.json')
writeFileSync(config, JSON.stringify({ routes: [{ files: root }] }))
const nginx = (port) => {
  const file = join(folder, 'files.conf')
  writeFileSync(file, `daemon off; worker_processes 1; pid ${folder}/files.pid; error_log stderr;
events { worker_connections 1024; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; types { text/javascript js; } server { listen 127.0.0.1:${port}; root ${root}; } }`)
  return ['nginx', '-c', file, '-p', folder]
}
const SERVERS = {
  nginx,
  'fetchgate, Node 20': (port) => served([process.execPath], config, port),
  'fetchgate, Node 26': (port) => served([join(tool('.'), '../node-newest/bin/node')], config, port),
  'fetchgate, Bun': (port) => served([tool('bun')], config, port),
  'fetchgate, Deno': (port) => served([tool('deno'), 'run', '-A'], config, port),
}

const load = (port, bytes, seconds) => {
  const output = execFileSync('wrk', ['-t1', '-c32', `-d${seconds}s`, `http://127.0.0.1:${port}/${bytes}.js`], { encoding: 'utf8' })
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(output)
  return Number(/(\d+) requests in/.exec(output)[1])
}

process.stdout.write(`| | ${Object.keys(SIZES).join(' | ')} |\n|---|${'---|'.repeat(Object.keys(SIZES).length)}\n`)
let expected
for (const [name, command] of Object.entries(SERVERS)) {
  const port = await freePort()
  const server = await start(command(port), port)
  const bodies = await Promise.all(Object.values(SIZES).map(async (bytes) => Buffer.from(await (await fetch(`http://127.0.0.1:${port}/${bytes}.js`)).arrayBuffer()).toString('latin1')))
  expected ??= bodies
  if (bodies.some((body, i) => body !== expected[i])) throw new Error(`${name} answers otherwise`)
  const cells = Object.values(SIZES).map((bytes) => {
    load(port, bytes, 1)
    const before = processorSeconds(server.pid)
    const requests = load(port, bytes, values.seconds)
    return `${(((processorSeconds(server.pid) - before) * 1e6) / requests).toFixed(0)} µs`
  })
  process.stdout.write(`| ${name} | ${cells.join(' | ')} |\n`)
  server.kill()
  await once(server, 'exit')
}
process.exit()
