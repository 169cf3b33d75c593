// The access log of a real process, on each runtime: what is in the file, and that no line is lost on the way there.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ask, head } from '../support/raw-client.js'
import { serveOn } from '../support/runtimes.js'
import { serveOnWorkerd } from '../support/workerd.js'

const ROUTES = [{ path: '/*', respond: { body: 'hello' } }]

describe.each(['node', 'bun', 'deno'] as const)('%s, the access log', (runtime) => {
  test('has a line for each request, goes on in a new file when the old one was moved away, and is whole when the process ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fetchgate-log-'))
    const file = join(folder, 'access.log')
    const targets = async (path: string): Promise<unknown[]> => (await readFile(path, 'utf8')).trimEnd().split('\n').map((line) => (JSON.parse(line) as { target: string }).target)
    const gateway = await serveOn(runtime, { accessLog: { to: file }, routes: ROUTES })
    for (let i = 0; i < 20; i++) await ask(gateway.port, head(`GET /before/${i}?token=s3cret`))
    await rename(file, `${file}.1`)
    gateway.process.kill('SIGUSR2')
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5))
    for (let i = 0; i < 20; i++) await ask(gateway.port, head(`GET /after/${i}`))
    expect(await gateway.stop()).toBe(0)
    expect(await targets(`${file}.1`)).toEqual(Array.from({ length: 20 }, (_, i) => `/before/${i}?token=redacted`))
    expect(await targets(file)).toEqual(Array.from({ length: 20 }, (_, i) => `/after/${i}`))
  })

  test('stands on stdout by itself, and nothing else does', async () => {
    const gateway = await serveOn(runtime, { accessLog: { format: 'combined' }, routes: ROUTES })
    let stdout = ''
    gateway.process.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    await ask(gateway.port, head('GET /seen', 'User-Agent: test'))
    expect(await gateway.stop()).toBe(0)
    expect(stdout).toMatch(/^127\.0\.0\.1 - - \[[^\]]+\] "GET \/seen HTTP\/1\.1" 200 5 "-" "test"\n$/)
  })

  test('refuses a file that cannot be opened, by name', async () => {
    await expect(serveOn(runtime, { accessLog: { to: '/nowhere/access.log' }, routes: ROUTES })).rejects.toThrow(/accessLog\.to.*cannot be opened/s)
  })

  test('ends nothing when its disk is full', async () => {
    const gateway = await serveOn(runtime, { accessLog: { to: '/dev/full' }, routes: ROUTES })
    while (!gateway.output().includes('cannot be written')) expect((await ask(gateway.port, head('GET /'))).status).toBe(200)
    expect((await ask(gateway.port, head('GET /'))).status).toBe(200)
    expect(await gateway.stop()).toBe(0)
  })
})

describe('workerd, the access log', () => {
  test('is the console, with a line for each request', async () => {
    const gateway = await serveOnWorkerd({ accessLog: {}, routes: ROUTES })
    await ask(gateway.port, head('GET /seen?token=s3cret'))
    while (!gateway.output().includes('"target":"/seen?token=redacted"')) await once(gateway.process.stdout!, 'data')
    await gateway.stop()
  })

  test('refuses a file, by name', async () => {
    await expect(serveOnWorkerd({ accessLog: { to: 'access.log' }, routes: ROUTES })).rejects.toThrow(/accessLog\.to.*must be "stdout" on Workers/s)
  })
})
