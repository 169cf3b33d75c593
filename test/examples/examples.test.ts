// Every example runs as a reader would run it, in front of a live origin.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerText, type RawOrigin, startRawOrigin } from '../support/raw-origin.js'
import { type GatewayProcess, listening, RUNTIMES } from '../support/runtimes.js'
import { runWorker } from '../support/workerd.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

let origin: RawOrigin

beforeAll(async () => {
  origin = await startRawOrigin(({ socket, target }) => {
    socket.write(answerText('200 OK', ['Content-Type: text/plain', 'Cache-Control: max-age=60', 'Server: origin/1.0'], `origin has ${target}`))
  })
})

afterAll(() => origin.close())

describe.each([
  ['node', RUNTIMES.node, 'examples/node/server.js', '/page', '/page'],
  ['bun', RUNTIMES.bun, 'examples/bun/server.ts', '/page', '/page'],
  ['deno', RUNTIMES.deno, 'examples/deno/server.ts', '/page', '/page'],
  ['hono', RUNTIMES.node, 'examples/hono/server.js', '/shop/page', '/page'],
] as const)('%s', (_, command, file, path, target) => {
  let gateway: GatewayProcess

  beforeAll(async () => {
    gateway = await run(command, file)
  })

  afterAll(() => gateway?.stop())

  test('answers with what the origin has, and hides the origin', async () => {
    const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`)
    expect([response.status, await response.text(), response.headers.get('server')]).toEqual([200, `origin has ${target}`, null])
  })
})

describe('the settings that examples show', () => {
  test('node: what may be kept is served from memory', async () => {
    await withExample(RUNTIMES.node, 'examples/node/server.js', async (url) => {
      const statuses = [await fetch(`${url}/assets/a.css`), await fetch(`${url}/assets/a.css`)].map(({ headers }) => headers.get('cache-status'))
      expect(statuses).toEqual([expect.stringContaining('stored'), expect.stringContaining('; hit')])
    })
  })

  test.each([['bun', RUNTIMES.bun], ['deno', RUNTIMES.deno]] as const)('%s: internal paths are refused', async (name, command) => {
    await withExample(command, `examples/${name}/server.ts`, async (url) => {
      expect((await fetch(`${url}/internal/users`)).status).toBe(403)
    })
  })

  test('hono: its own paths stay its own', async () => {
    await withExample(RUNTIMES.node, 'examples/hono/server.js', async (url) => {
      expect(await (await fetch(`${url}/hello`)).text()).toBe('hello from Hono')
    })
  })
})

describe('cloudflare-worker', () => {
  let worker: GatewayProcess

  beforeAll(async () => {
    const source = await readFile(join(ROOT, 'examples/cloudflare-worker/worker.ts'), 'utf8')
    worker = await runWorker(source.replace('https://origin.example.com', origin.url))
  })

  afterAll(() => worker?.stop())

  test('answers with what the origin has, edits headers, refuses and redirects', async () => {
    const url = `http://127.0.0.1:${worker.port}`
    const page = await fetch(`${url}/page`)
    expect([await page.text(), page.headers.get('x-frame-options'), page.headers.get('server')]).toEqual(['origin has /page', 'DENY', null])
    expect((await fetch(`${url}/internal/users`)).status).toBe(403)
    const moved = await fetch(`${url}/old/page`, { redirect: 'manual' })
    expect([moved.status, moved.headers.get('location')]).toEqual([308, '/new'])
  })
})

/** Runs an example in front of the origin, on a free port. */
function run([command, ...args]: readonly string[], file: string): Promise<GatewayProcess> {
  const child = spawn(command!, [...args, join(ROOT, file)], { cwd: ROOT, env: { ...process.env, ORIGIN: origin.url, PORT: '0' }, stdio: ['ignore', 'pipe', 'pipe'] })
  return listening(child, /listening on http:\/\/[^\s/]*:(\d+)/)
}

async function withExample(command: readonly string[], file: string, use: (url: string) => Promise<void>): Promise<void> {
  const gateway = await run(command, file)
  try {
    await use(`http://127.0.0.1:${gateway.port}`)
  } finally {
    await gateway.stop()
  }
}
