// Pebble, the test authority of Let's Encrypt, in a process of its own: real orders, challenges and certificates.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { AcmeAuthority, AcmeOptions } from './acme-authority.js'
import { TestAuthority } from './authority.js'
import { startDns } from './dns-server.js'
import { freePorts } from './free-ports.js'

const MODULE = 'github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1'
const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/fetchgate/bin', import.meta.url))

/** Where Pebble is: named by PEBBLE, built before, or built now by Go; undefined where there is neither. */
async function pebble(): Promise<string | undefined> {
  const named = process.env['PEBBLE']
  if (named !== undefined && named !== '') return named
  const built = join(FOLDER, 'pebble')
  if (existsSync(built)) return built
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' })
    mkdirSync(FOLDER, { recursive: true })
    await promisify(execFile)('go', ['install', MODULE], { env: { ...process.env, GOBIN: FOLDER }, timeout: 240_000 })
    return built
  } catch {
    return undefined
  }
}

/** Starts it; undefined where it cannot be had. Every name leads to this machine. */
export async function startPebble(hosts: readonly string[], { eab }: AcmeOptions = {}): Promise<AcmeAuthority | undefined> {
  const command = await pebble()
  if (command === undefined) return undefined
  const authority = new TestAuthority('pebble')
  const { cert, key } = authority.issue('localhost', ['DNS:localhost', 'IP:127.0.0.1'])
  const dns = await startDns(Object.fromEntries(hosts.map((host) => [host, { A: ['127.0.0.1'] }])))
  const [port, management, httpPort, tlsPort] = (await freePorts(4)) as [number, number, number, number]
  const config = join(authority.folder, 'pebble.json')
  writeFileSync(config, JSON.stringify({
    pebble: {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: cert,
      privateKey: key,
      httpPort,
      tlsPort,
      retryAfter: { authz: 1, order: 1 },
      externalAccountBindingRequired: eab !== undefined,
      ...(eab && { externalAccountMACKeys: { [eab.kid]: eab.hmacKey } }),
      profiles: { default: { description: 'for tests', validityPeriod: 7_776_000 } },
    },
  }))
  const child = spawn(command, ['-config', config, '-dnsserver', dns.address], { env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '20' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const exited = once(child, 'exit')
  await Promise.all([port, management].map(opened))
  const manage = (path: string, body?: string): Promise<string> => call(`https://127.0.0.1:${management}${path}`, authority.pem, body)
  const root = await manage('/roots/0')
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    ca: authority.ca,
    root,
    httpPort,
    tlsPort,
    orders: () => output.match(/Added order/g)?.length ?? 0,
    askForRenewal: async (certificate) => {
      const past = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()
      await manage('/set-renewal-info/', JSON.stringify({ certificate, ariResponse: JSON.stringify({ suggestedWindow: { start: past(2), end: past(1) } }) }))
    },
    close: async () => {
      child.kill('SIGKILL')
      await exited
      await dns.close()
      authority.close()
    },
  }
}

/** Resolves once something listens. */
async function opened(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(() => true, () => false)
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function call(url: string, ca: string, body?: string): Promise<string> {
  const request = httpsRequest(url, { ca, agent: false, method: body === undefined ? 'GET' : 'POST', headers: { 'user-agent': 'test' } }).end(body)
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  let text = ''
  for await (const piece of response) text += String(piece)
  if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode} ${text}`)
  return text
}
