// Every store over the same contract, and what is particular to each.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, request, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDiskStore } from '../../runtimes/stores/disk.js'
import { readReply } from '../../runtimes/stores/redis-connection.js'
import { openRedisStore } from '../../runtimes/stores/redis.js'
import { entriesOf } from '../../src/cache/stores/entry-store.js'
import { createMemoryStore } from '../../src/cache/stores/memory.js'
import { TieredEntries } from '../../src/cache/stores/tiered.js'
import type { CacheStore, Config } from '../../src/index.js'
import { storeContract } from '../contract/stores.js'
import { type RuntimeName, serveOn } from '../support/runtimes.js'

const MIB = 1024 ** 2
const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'fetchgate-store-'))
  folders.push(folder)
  return folder
}
afterAll(async () => void (await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))))

const filesBelow = async (folder: string): Promise<string[]> => (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.entry')).map((name) => join(folder, name))

/** Any store by its Web interface alone, as a platform's is. */
const plain = ({ match, put, delete: remove }: CacheStore): CacheStore => ({ match, put, delete: remove })

describe('memory', () => storeContract(() => createMemoryStore(16 * MIB)))

describe('a plain Web Cache', () =>
  storeContract(() => {
    const store = createMemoryStore(16 * MIB)
    return plain({ match: (key) => store.match(key), put: (key, response) => store.put(key, response), delete: (key) => store.delete(key) })
  }))

describe('disk', () => {
  storeContract(async () => openDiskStore(await newFolder(), 16 * MIB))

  test('keeps what it has over a restart', async () => {
    const folder = await newFolder()
    await openDiskStore(folder, MIB).put('https://k/', new Response('kept'))
    expect(await (await openDiskStore(folder, MIB).match('https://k/'))?.text()).toBe('kept')
  })

  test.each<[string, number, (file: string, content: Buffer) => Promise<void>]>([
    ['is cut short', 100, (file, content) => truncate(file, content.byteLength - 10)],
    ['is empty', 100, (file) => truncate(file, 0)],
    ['has another byte in its body', 100, (file, content) => writeFile(file, Buffer.concat([content.subarray(0, -20), Buffer.from([content.at(-20)! ^ 1]), content.subarray(-19)]))],
    ['has another byte in its head', 100, (file, content) => writeFile(file, Buffer.concat([content.subarray(0, 20), Buffer.from([content[20]! ^ 1]), content.subarray(21)]))],
    ['is something else', 100, (file) => writeFile(file, 'x'.repeat(500))],
  ])('takes an entry for missing whose file %s, and clears it away', async (_, size, damage) => {
    const folder = await newFolder()
    const store = openDiskStore(folder, MIB)
    await store.put('https://k/', new Response('x'.repeat(size)))
    const [file] = await filesBelow(folder)
    await damage(file!, await readFile(file!))
    expect(await store.match('https://k/')).toBeUndefined()
    expect(await filesBelow(folder)).toEqual([])
  })

  test('breaks a large body off that turns out to be damaged, and clears it away', async () => {
    const folder = await newFolder()
    const store = openDiskStore(folder, 4 * MIB)
    await store.put('https://k/', new Response('x'.repeat(300_000)))
    const [file] = await filesBelow(folder)
    const content = await readFile(file!)
    content[200_000]! ^= 1
    await writeFile(file!, content)
    const found = await store.match('https://k/')
    await expect(found!.text()).rejects.toThrow()
    expect(await store.match('https://k/')).toBeUndefined()
  })

  test('stays within its size, also with what it finds at start', async () => {
    const folder = await newFolder()
    const large = openDiskStore(folder, 10 * MIB)
    for (let i = 0; i < 20; i++) await large.put(`https://k/${i}`, new Response('x'.repeat(50_000)))
    const small = openDiskStore(folder, 200_000)
    await small.put('https://k/last', new Response('last'))
    const files = await filesBelow(folder)
    expect(files.length).toBeLessThanOrEqual(4)
    expect(await (await small.match('https://k/last'))?.text()).toBe('last')
  })

  test('clears away what a killed process left unfinished', async () => {
    const folder = await newFolder()
    await openDiskStore(folder, MIB).put('https://k/', new Response('x'))
    await writeFile(join(folder, 'unfinished', 'half'), 'half')
    await openDiskStore(folder, MIB).put('https://k/2', new Response('y'))
    expect(await readdir(join(folder, 'unfinished'))).toEqual([])
  })
})

describe('memory in front of disk', () => {
  storeContract(async () => {
    const back = openDiskStore(await newFolder(), 16 * MIB)
    return Object.assign(plain({ match: (key) => back.match(key), put: (key, response) => back.put(key, response), delete: (key) => back.delete(key) }), {
      entries: new TieredEntries(createMemoryStore(16 * MIB).entries, entriesOf(back)),
    })
  })

  test('answers at once what was asked for before', async () => {
    const back = entriesOf(openDiskStore(await newFolder(), MIB))
    const list = { kind: 'variants', generation: 'g', variants: [] } as const
    await back.set('k', list)
    const tiered = new TieredEntries(createMemoryStore(MIB).entries, back)
    expect(tiered.get('k')).toBeInstanceOf(Promise)
    expect(await tiered.get('k')).toEqual(list)
    expect(tiered.get('k')).toEqual(list)
  })

  test('does not keep in front what was deleted while it was read', async () => {
    let give = (): void => {}
    const list = { kind: 'variants', generation: 'g', variants: [] } as const
    const tiered = new TieredEntries(createMemoryStore(MIB).entries, { get: () => new Promise((resolve) => (give = () => resolve(list))), set: () => {}, update: () => {}, delete: () => true })
    const reading = tiered.get('k')
    await tiered.delete('k')
    give()
    await reading
    expect(tiered.get('k')).toBeInstanceOf(Promise)
  })
})

describe('Redis', async () => {
  const found = await new Promise<boolean>((resolve) => spawn('redis-server', ['--version']).on('error', () => resolve(false)).on('exit', (code) => resolve(code === 0)))
  if (!found) process.stderr.write('no redis-server on this machine: the Redis store is not tested over a real server\n')

  describe.skipIf(!found && !process.env['CI'])('over a real server', () => {
    let server: ReturnType<typeof spawn>
    let port = 0
    let opened = 0
    const start = async (): Promise<void> => {
      server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', 'p@ss', '--dir', tmpdir()], { stdio: ['ignore', 'pipe', 'ignore'] })
      for await (const chunk of server.stdout!) if (String(chunk).includes('Ready to accept')) break
    }
    beforeAll(async () => {
      const probe = createServer().listen(0, '127.0.0.1')
      await once(probe, 'listening')
      ;({ port } = probe.address() as { port: number })
      probe.close()
      await start()
    })
    afterAll(() => void server.kill())
    const urlOf = (): string => `redis://:p%40ss@127.0.0.1:${port}/1`

    storeContract(() => openRedisStore(urlOf(), `test-${opened++}`))

    test('rejects, within a second, where there is no server, and goes on when there is one again', async () => {
      const store = openRedisStore(urlOf(), 'outage')
      await store.put('https://k/', new Response('x'))
      const gone = once(server, 'exit')
      server.kill('SIGKILL')
      await gone
      await expect(store.match('https://k/')).rejects.toThrow()
      await start()
      await store.put('https://k/', new Response('y'))
      expect(await (await store.match('https://k/'))?.text()).toBe('y')
    })

    test('rejects with a wrong password', async () => {
      await expect(openRedisStore(`redis://:wrong@127.0.0.1:${port}`, 'x').match('https://k/')).rejects.toThrow()
    })
  })

  test.each<[string, unknown]>([
    ['+OK\r\nrest', { reply: 'OK', bytes: 5 }],
    [':12\r\n', { reply: 12, bytes: 5 }],
    ['$-1\r\n', { reply: null, bytes: 5 }],
    ['$3\r\na\r\n\r\n', { reply: Buffer.from('a\r\n'), bytes: 9 }],
    ['$3\r\na\r', undefined],
    ['$3', undefined],
    ['', undefined],
    ['-ERR no\r\n', { reply: new Error('ERR no'), bytes: 9 }],
  ])('reads the reply %j', (text, reply) => {
    expect(readReply(Buffer.from(text))).toEqual(reply)
  })
})

describe('a gateway that is killed', () => {
  test.each<RuntimeName>(['node', 'bun', 'deno'])('on %s has its disk cache when it is started again', async (runtime) => {
    const folder = await newFolder()
    let asked = 0
    const origin = createHttpServer((_request, response) => void response.writeHead(200, { 'Cache-Control': 'max-age=600', Vary: 'Accept' }).end(Buffer.alloc(200_000, String(++asked))))
    origin.listen(0, '127.0.0.1')
    await once(origin, 'listening')
    const config: Config = {
      upstreams: { app: { targets: [`http://127.0.0.1:${(origin.address() as { port: number }).port}`] } },
      caches: { default: { store: 'disk', path: folder } },
      routes: [{ upstream: 'app', cache: true }],
    }
    const ask = async (port: number): Promise<string> => {
      const asked = request({ port, path: '/x', headers: { Host: 'shop.example' } }).end()
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      return `${(await response.toArray()).join('').slice(0, 1)} ${String(response.headers['cache-status']).split(';')[1]!.trim()}`
    }
    const first = await serveOn(runtime, config)
    expect(await ask(first.port)).toBe('1 fwd=uri-miss')
    while ((await filesBelow(folder)).length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    await first.stop('SIGKILL')
    const second = await serveOn(runtime, config)
    expect(await ask(second.port)).toBe('1 hit')
    await second.stop()
    origin.close()
    origin.closeAllConnections()
  })
})
