// The command line as people use it: in a folder, on each runtime, with its exit codes.
import { spawn } from 'node:child_process'
import { createHash, pbkdf2Sync } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { ask, head, RawConnection } from '../support/raw-client.js'
import { answerText, type RawOrigin, startRawOrigin } from '../support/raw-origin.js'
import { CLI, listening, type RuntimeName, RUNTIMES } from '../support/runtimes.js'

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const RUNTIME_NAMES = ['node lowest', 'bun', 'deno'] as const satisfies readonly RuntimeName[]

let folder: string
let origin: RawOrigin

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetchgate-cli-'))
  origin = await startRawOrigin(({ socket, target }) => void socket.write(answerText('200 OK', [], `origin saw ${target}`)))
})

afterAll(async () => {
  await origin.close()
  await rm(folder, { recursive: true })
})

describe.each(RUNTIME_NAMES)('on %s', (runtime) => {
  const start = (args: readonly string[], environment: Record<string, string> = {}) => {
    const [command, ...before] = RUNTIMES[runtime]
    return spawn(command, [...before, CLI, ...args], { cwd: folder, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  }
  const run = async (args: readonly string[], environment?: Record<string, string>): Promise<Ran> => {
    const child = start(args, environment)
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, ...output }
  }
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text)
    return name
  }

  test('explain says what the cache would do with an answer, and why', async () => {
    const server = await startRawOrigin(({ socket, target }) => void socket.write(answerText('200 OK', ['Connection: close', ...(target === '/mine' ? ['Cache-Control: private'] : ['Cache-Control: max-age=60', 'Vary: Cookie', 'ETag: "a"', 'Set-Cookie: a=1'])], 'x')))
    const url = `http://127.0.0.1:${server.port}`
    expect(await run(['explain', 'GET', `${url}/mine`])).toEqual({ code: 0, stdout: `GET ${url}/mine: 200\n  not stored (response private): the answer is for one user\n`, stderr: '' })
    const config = await file('explain.json', JSON.stringify({ caches: { default: { storeSetCookie: true } }, routes: [{ respond: { status: 204 } }] }))
    const explained = await run(['explain', 'GET', url, '--config', config, '--header', 'Cookie: a=1'])
    expect([explained.code, explained.stderr]).toEqual([0, ''])
    for (const line of ['stored: fresh for 60 s (max-age), of which 60 s are left', 'the same request gets the stored answer', 'can be validated by: ETag', 'one for each value of: cookie']) expect(explained.stdout).toContain(`  ${line}\n`)
    await server.close()
    expect((await run(['explain', 'GET', url])).code).toBe(1)
    for (const odd of [['nowhere'], ['GET'], ['GET', 'nowhere'], [url], ['get', url]]) expect([odd, (await run(['explain', ...odd])).code]).toEqual([odd, 2])
  })

  test('hash makes hashes of passwords from a pipe and never from arguments, and keys with their digests', async () => {
    const piped = async (input: string | Buffer, ...args: string[]): Promise<Ran> => {
      const [command, ...before] = RUNTIMES[runtime]
      const child = spawn(command, [...before, CLI, 'hash', ...args], { cwd: folder, stdio: 'pipe' })
      const output = { stdout: '', stderr: '' }
      child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
      child.stdin.end(input)
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, ...output }
    }
    const hashed = await piped('sécret\n', '--iterations', '10000')
    expect([hashed.code, hashed.stderr]).toEqual([0, ''])
    const [, scheme, iterations, salt, hash] = hashed.stdout.trimEnd().split('$')
    expect([scheme, iterations, hash]).toEqual(['pbkdf2-sha256', 'i=10000', pbkdf2Sync('sécret', Buffer.from(salt!, 'base64'), 10_000, 32, 'sha256').toString('base64').replace('=', '')])
    for (const odd of ['', '\n', 'a\nb', Buffer.from([0xff])]) expect([odd, (await piped(odd, '--iterations', '10000')).code]).toEqual([odd, 1])
    for (const args of [['secret'], ['--iterations', '9'], ['--key', '--iterations', '10000']]) expect([args, (await piped('', ...args)).code]).toEqual([args, 2])
    const { stdout } = await piped('', '--key')
    const [, key, digest] = /^key     ([\w-]{43})\ndigest  sha256:([0-9a-f]{64})\n$/.exec(stdout)!
    expect(digest).toBe(createHash('sha256').update(key!).digest('hex'))
  })

  test('--help tells every command, --version the version', async () => {
    const help = await run(['--help'])
    expect([help.code, help.stderr]).toEqual([0, ''])
    for (const word of ['serve', 'check', 'explain', 'files', 'hash', 'init', '--to', '--config']) expect(help.stdout).toContain(word)
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('SIGHUP puts the file as it is now in force, and a fault changes nothing', async () => {
    const config = (body: string): string => JSON.stringify({ routes: [{ respond: { body } }] })
    const name = await file('reload.json', config('first'))
    const gateway = await listening(start(['serve', '--config', name, '--host', '127.0.0.1', '--port', '0']), /http:\/\/127\.0\.0\.1:(\d+)/)
    const said = async (text: string): Promise<void> => {
      while (!gateway.output().includes(text)) await Promise.race([once(gateway.process.stdout!, 'data'), once(gateway.process.stderr!, 'data')])
    }
    const body = async (): Promise<string> => (await ask(gateway.port, head('GET /'))).body.toString()
    expect(await body()).toBe('first')
    await file('reload.json', config('second'))
    gateway.process.kill('SIGHUP')
    await said('reloaded')
    expect(await body()).toBe('second')
    await file('reload.json', '{"routes": [{}]}')
    gateway.process.kill('SIGHUP')
    await said('not reloaded: ')
    expect(await body()).toBe('second')
    expect(await gateway.stop()).toBe(0)
  })

  test('a reload ends no WebSocket, no stream and no upload that is under way, whichever route it changes', async () => {
    const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    sockets.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
    await once(sockets, 'listening')
    const streaming = await startRawOrigin(async (request) => {
      if (request.method === 'POST') return void request.socket.write(answerText('200 OK', [], await request.body()))
      request.socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
    })
    const upstreams = { sockets: { targets: [`http://127.0.0.1:${(sockets.address() as AddressInfo).port}`] }, streams: { targets: [streaming.url] } }
    const other = (body: string): object => ({ path: '/other', respond: { body } })
    const config = (...routes: object[]): string => JSON.stringify({ upstreams, routes })
    const name = await file('under-way.json', config(other('first'), { path: '/socket', upstream: 'sockets' }, { path: '/*', upstream: 'streams' }))
    const gateway = await listening(start(['serve', '--config', name, '--host', '127.0.0.1', '--port', '0']), /http:\/\/127\.0\.0\.1:(\d+)/)
    const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/socket`)
    await once(client, 'open')
    const reached = streaming.next()
    const stream = (await RawConnection.open(gateway.port)).send(head('GET /events'))
    const { socket } = await reached
    const upload = (await RawConnection.open(gateway.port)).send(`${head('POST /upload', 'Content-Length: 6')}one`)
    await stream.until('one')
    // The first changes a route beside them, the second the routes they went by, and what those ask of requests.
    for (const [i, next] of [config(other('second'), { path: '/socket', upstream: 'sockets' }, { path: '/*', upstream: 'streams' }), config(other('third'), { path: '/*', upstream: 'streams', deadline: '1s', filters: [{ deny: { path: ['/socket'] } }] })].entries()) {
      await file('under-way.json', next)
      gateway.process.kill('SIGHUP')
      while (gateway.output().split('reloaded').length < i + 2) await Promise.race([once(gateway.process.stdout!, 'data'), once(gateway.process.stderr!, 'data')])
      expect((await ask(gateway.port, head('GET /other'))).body.toString()).toBe(['second', 'third'][i])
      client.send(`after reload ${i}`)
      expect(String((await once(client, 'message'))[0])).toBe(`after reload ${i}`)
      socket.write(`7\r\nevent ${i}\r\n`)
      expect(await stream.until(`event ${i}`)).toBe(true)
    }
    expect((await upload.send('two').answer('POST')).body.toString()).toBe('onetwo')
    expect((await ask(gateway.port, head('GET /socket'))).status).toBe(403)
    client.terminate()
    for (const connection of [stream, upload]) connection.close()
    await gateway.stop('SIGKILL')
    sockets.close()
    await streaming.close()
  })

  test.each([[['serve', '--pot', '1'], '--pot'], [['srve'], '"srve"'], [['serve', '--port', 'x'], '--port'], [['check', '--port', '1'], '--port'], [['serve', 'extra'], '"extra"']])('%j is wrong usage', async (args, said) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(said)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  test('init writes a configuration that check finds right, and never overwrites one', async () => {
    await rm(join(folder, 'fetchgate.config.ts'), { force: true })
    expect((await run(['init'])).code).toBe(0)
    expect(await run(['check'])).toEqual({ code: 0, stdout: 'fetchgate.config.ts is right: 2 routes\n', stderr: '' })
    const again = await run(['init'])
    expect([again.code, again.stderr]).toEqual([1, 'fetchgate: fetchgate.config.ts is already here; nothing was written\n'])
    await rm(join(folder, 'fetchgate.config.ts'))
  })

  test.each([
    ['a.ts', `import { defineConfig } from 'fetchgate'\nconst port: number = 0\nexport default defineConfig({ listen: { port }, routes: [{ respond: { body: 'x' } }] })`],
    ['a.mjs', `export default { routes: [{ respond: { body: 'x' } }] }`],
    ['a.json', `{ "routes": [{ "respond": { "body": "x" } }] }`],
    ['a.yaml', `routes:\n  - respond: { body: x }\n`],
    ['a.yml', `routes: [{ respond: { body: x } }]`],
  ])('%s is read', async (name, text) => {
    expect(await run(['check', '--config', await file(name, text)])).toEqual({ code: 0, stdout: `${name} is right: 1 route\n`, stderr: '' })
  })

  test('check tells of a root that cannot be served, and files writes one that can as a module', async () => {
    const config = await file('files.json', JSON.stringify({ routes: [{ path: '/a', files: '/' }, { files: { root: './nowhere' } }] }))
    const { code, stderr } = await run(['check', '--config', config])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/routes\[0\]\.files: "\/" is all of the disk.*\n.*routes\[1\]\.files\.root: "\.\/nowhere" cannot be opened \(ENOENT\)/)])
    await mkdir(join(folder, 'site/.git'), { recursive: true })
    for (const [name, content] of [['index.html', '<p>é'], ['raw.bin', Buffer.from([0xff, 0])], ['.git/config', 'secret']] as const) await writeFile(join(folder, 'site', name), content)
    expect(await run(['files', './site', '--out', `site-${runtime.replace(' ', '-')}.mjs`])).toEqual({ code: 0, stdout: expect.stringMatching(/^wrote site-.*: 2 files of \.\/site\n$/) as string, stderr: '' })
    const { default: written } = (await import(join(folder, `site-${runtime.replace(' ', '-')}.mjs`))) as { default: unknown }
    expect(written).toEqual({ root: './site', files: { '/index.html': { text: '<p>é', etag: expect.stringMatching(/^[\w-]{22}$/) as string }, '/raw.bin': { base64: '/wA=', etag: expect.any(String) as string } } })
    expect((await run(['files', './nowhere', '--out', 'x.js'])).stderr).toBe('fetchgate: "./nowhere" cannot be opened (ENOENT)\n')
  })

  test('check says every fault at once, with its place and what to write', async () => {
    const wrong = await file('wrong.json', JSON.stringify({ upstreams: { app: { targets: ['http://a:1/path'] } }, routes: [{ path: '/*', upstrem: 'app' }, { path: '/x(', upstream: 'ap' }], lisen: {} }))
    const { code, stdout, stderr } = await run(['check', '--config', wrong])
    expect([code, stdout]).toEqual([1, ''])
    for (const said of ['upstreams.app.targets[0]: ', 'routes[0].upstrem: unknown setting; did you mean "upstream"?', 'routes[1].path: ', 'did you mean "app"?', 'lisen: unknown setting; did you mean "listen"?']) expect(stderr).toContain(said)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  test.each([
    ['a file that is not there', ['check', '--config', 'nowhere.json'], 'there is no file'],
    ['no file at all', ['check'], 'there is no fetchgate.config.ts'],
  ])('%s is told', async (_, args, said) => {
    const { code, stderr } = await run(args)
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)])
  })

  test('a file that cannot be parsed is told with its name', async () => {
    const { code, stderr } = await run(['check', '--config', await file('torn.yaml', 'routes: [')])
    expect([code, stderr]).toEqual([1, expect.stringContaining('torn.yaml cannot be read: ')])
  })

  test('the environment is read, and a name that is not set is told', async () => {
    const config = await file('env.yaml', 'upstreams: { app: { targets: ["${TARGET_URL}"] } }\nroutes: [{ upstream: app }]\n')
    expect((await run(['check', '--config', config], { TARGET_URL: 'http://127.0.0.1:1' })).code).toBe(0)
    const { code, stderr } = await run(['check', '--config', config])
    expect([code, stderr]).toEqual([1, expect.stringContaining('upstreams.app.targets[0]: the environment has no TARGET_URL')])
  })

  test('--to serves without a file, says what it serves, and ends on SIGTERM with 0', async () => {
    const gateway = await listening(start(['--to', origin.url, '--host', '127.0.0.1', '--port', '0']), /http:\/\/127\.0\.0\.1:(\d+)/)
    expect((await ask(gateway.port, head('GET /quick?x'))).body.toString()).toBe('origin saw /quick?x')
    expect(await gateway.stop('SIGTERM')).toBe(0)
    expect(gateway.output()).toContain(`/*  →  app: ${origin.url}`)
  })

  test('--dev-tls serves by a certificate of an authority that is made once, and says how to have it believed', async () => {
    const args = ['serve', '--to', origin.url, '--host', '127.0.0.1', '--port', '0', '--dev-tls-folder', `dev-${runtime}`]
    const gateway = await listening(start(args), /^ {2}https:\/\/127\.0\.0\.1:(\d+)\b.*\n/m)
    const ca = await readFile(join(folder, `dev-${runtime}`, 'ca.pem'), 'utf8')
    for (const host of ['localhost', undefined]) {
      const connection = await RawConnection.secure(gateway.port, { ca, ...(host && { servername: host }) })
      expect((await connection.send(head('GET /', `Host: ${host ?? '127.0.0.1'}`)).answer()).status).toBe(200)
      connection.close()
    }
    expect(gateway.output()).toContain('Have clients on this machine believe its authority')
    await gateway.stop()
    const again = await listening(start(args), /^ {2}https:\/\/127\.0\.0\.1:(\d+)\b.*\n/m)
    expect([again.output().includes('Have clients'), await readFile(join(folder, `dev-${runtime}`, 'ca.pem'), 'utf8')]).toEqual([false, ca])
    await again.stop()
  })

  test('SIGINT ends it too', async () => {
    const gateway = await listening(start(['serve', '--to', origin.url, '--host', '127.0.0.1', '--port', '0']), /http:\/\/127\.0\.0\.1:(\d+)/)
    expect(await gateway.stop('SIGINT')).toBe(0)
  })

  test('a port that is in use is told in a line', async () => {
    const { code, stderr } = await run(['serve', '--to', origin.url, '--host', '127.0.0.1', '--port', String(origin.port)])
    expect([code, stderr]).toEqual([1, `fetchgate: cannot listen on 127.0.0.1:${origin.port}: the port is in use\n`])
  })
})
