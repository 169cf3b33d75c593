// Do requests fail while certificates change?   node bench/certificates.mjs [--runtime node|bun|deno] [--adapter native|strict] [--changes 10] [--clients 40]
//
// Starts the built gateway and puts another certificate into its files every second, under load: so many clients that open a connection for each request, and as many that
// keep theirs. Prints how many requests went well, and what became of the others. Deno is started with --unstable-net. Needs openssl.
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { runtime: { type: 'string', default: 'node' }, adapter: { type: 'string', default: 'native' }, changes: { type: 'string', default: '10' }, clients: { type: 'string', default: '40' } } })
const root = fileURLToPath(new URL('../', import.meta.url))
const commands = { node: [process.execPath], bun: [join(root, 'node_modules/.bin/bun')], deno: [join(root, 'node_modules/.bin/deno'), 'run', '-A', '--unstable-net'] }
const folder = mkdtempSync(join(tmpdir(), 'fetchgate-certificates-'))
const file = (name) => join(folder, name)
for (const name of ['a', 'b']) spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`), '-days', '30', '-subj', `/CN=${name}`])
const put = (name) => {
  for (const kind of ['key', 'pem']) {
    copyFileSync(file(`${name}.${kind}`), file(`next.${kind}`))
    renameSync(file(`next.${kind}`), file(`live.${kind}`))
  }
}
put('a')
writeFileSync(file('config.json'), JSON.stringify({ listen: { host: '127.0.0.1', port: 0, adapter: values.adapter, tls: { cert: file('live.pem'), key: file('live.key') } }, routes: [{ respond: { status: 200, body: 'alive' } }] }))
const [program, ...args] = commands[values.runtime]
const gateway = spawn(program, [...args, join(root, 'dist/cli.js'), 'serve', '--config', file('config.json')], { stdio: ['ignore', 'pipe', 'inherit'] })
process.on('exit', () => gateway.kill('SIGKILL'))
const port = await new Promise((resolve) => gateway.stdout.on('data', (chunk) => resolve(Number(/:(\d+)/.exec(chunk)?.[1]))))

const counts = new Map()
const count = (what) => counts.set(what, (counts.get(what) ?? 0) + 1)
let asking = true
const clients = [false, new Agent({ keepAlive: true })].flatMap((agent) =>
  Array.from({ length: Number(values.clients) }, async () => {
    const kind = agent ? 'kept' : 'new'
    while (asking) {
      count(`${kind}: ${await outcome(agent)}`)
      if (agent) await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }),
)
for (let i = 1; i <= Number(values.changes); i++) {
  await new Promise((resolve) => setTimeout(resolve, 1000))
  put(i % 2 === 0 ? 'a' : 'b')
  gateway.kill('SIGHUP')
}
await new Promise((resolve) => setTimeout(resolve, 2000))
asking = false
await Promise.all(clients)
console.log(Object.fromEntries([...counts].sort()))
process.exit(0)

function outcome(agent) {
  return new Promise((resolve) => {
    request({ host: '127.0.0.1', port, agent, rejectUnauthorized: false }, (response) => response.resume().on('end', () => resolve(response.statusCode)))
      .on('error', (error) => resolve(error.code))
      .end()
  })
}
