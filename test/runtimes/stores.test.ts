// Every store over the same contract, and what is particular to each.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDiskStore } from '../../runtimes/stores/disk.js'
import { DiskPurges } from '../../runtimes/stores/disk-purges.js'
import { readReply } from '../../runtimes/stores/redis-connection.js'
import { openRedisStore } from '../../runtimes/stores/redis.js'
import type { StoredAnswer } from '../../src/cache/entry.js'
import { entriesOf } from '../../src/cache/stores/entry-store.js'
import { createMemoryStore } from '../../src/cache/stores/memory.js'
import { TieredEntries } from '../../src/cache/stores/tiered.js'
import type { CacheStore, Config } from '../../src/index.js'
import { purgeLogContract, storeContract } from '../contract/stores.js'
import { type RuntimeName, serveOn } from '../support/runtimes.js'

const MIB = 1024 ** 2
const certificate = (name: string): string => fileURLToPath(new URL(`../support/certificates/${name}.pem`, import.meta.url))
const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'fetchgate-store-'))
  folders.push(folder)
  return folder
}
afterAll(async () => void (await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))))

const filesBelow = async (folder: string, ending = '.entry'): Promise<string[]> => (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(ending)).map((name) => join(folder, name))

const ENTRY: StoredAnswer = {
  kind: 'answer',
  answer: { status: 200, fields: [], body: undefined },
  terms: { bornMs: 0, lifetimeSeconds: 60, validates: false, strict: false, whileRevalidateSeconds: 0, ifErrorSeconds: undefined, generation: 0, costMs: 0, tags: [], groups: [] },
  partition: '',
  bodyId: 'b',
}

/** Any store by its Web interface alone, as a platform's is. */
const plain = ({ match, put, delete: remove }: CacheStore): CacheStore => ({ match, put, delete: remove })

describe('memory', () => storeContract(() => createMemoryStore(16 * MIB)))

describe('a plain Web Cache', () =>
  storeContract(() => {
    const store = createMemoryStore(16 * MIB)
    return plain({ match: (key) => store.match(key), put: (key, response) => store.put(key, response), delete: (key) => store.delete(key) })
  }))

describe('disk', () => {
  storeContract(async () => openDiskStore(await newFolder(), 16 * MIB), { drafts: true })
  purgeLogContract(async () => {
    const folder = await newFolder()
    return () => openDiskStore(folder, MIB).purges!
  })

  test('keeps the purges that were whole when a process was killed, and no more of them than matter', async () => {
    const path = join(await newFolder(), 'purges')
    const lines = Array.from({ length: 30_000 }, (_, i) => `${JSON.stringify([i + 1, `tag ${i % 12_000}`, false, 5])}\n`)
    await writeFile(path, `${lines.join('')}[30001,"tag to`)
    const log = new DiskPurges(path)
    const records = (await log.read())!
    expect([records.length, records[0], records.at(-1)]).toEqual([10_000, { generation: 20_001, mark: 'tag 8000', soft: false, atMs: 5 }, { generation: 30_000, mark: 'tag 5999', soft: false, atMs: 5 }])
    expect(await log.append({ mark: 'all', soft: false, atMs: 6 })).toBe(30_001)
    expect((await new DiskPurges(path).read())!.at(-1)).toEqual({ generation: 30_001, mark: 'all', soft: false, atMs: 6 })
  })

  test('keeps a purge behind one that could be written in part only, and takes no other text for one', async () => {
    const path = join(await newFolder(), 'purges')
    const log = new DiskPurges(path)
    await log.append({ mark: 'tag a', soft: false, atMs: 1 })
    await appendFile(path, '[2,"tag to\n["3","tag b",false,1]\n[null]\n5\n[2,"tag to')
    await log.append({ mark: 'tag c', soft: true, atMs: 2 })
    expect(await new DiskPurges(path).read()).toEqual([{ generation: 1, mark: 'tag a', soft: false, atMs: 1 }, { generation: 2, mark: 'tag c', soft: true, atMs: 2 }])
  })

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

  test('breaks a large body off where it is damaged, and clears it away', async () => {
    const folder = await newFolder()
    const store = openDiskStore(folder, 4 * MIB)
    await store.put('https://k/', new Response('x'.repeat(600_000)))
    const [file] = await filesBelow(folder, '.body')
    const content = await readFile(file!)
    content[300_000]! ^= 1
    await writeFile(file!, content)
    const reader = (await store.match('https://k/'))!.body!.getReader()
    expect((await reader.read()).value?.byteLength).toBe(262_144)
    await expect(reader.read()).rejects.toThrow()
    expect([await store.match('https://k/'), await filesBelow(folder, '.body')]).toEqual([undefined, []])
  })

  test('leaves no file of a body that was replaced, deleted, given up or pushed out', async () => {
    const folder = await newFolder()
    const store = openDiskStore(folder, 900_000)
    for (let i = 0; i < 3; i++) await store.put('https://k/', new Response('x'.repeat(200_000 + i)))
    expect((await filesBelow(folder, '.body')).length).toBe(1)
    await store.delete('https://k/')
    const entries = entriesOf(store)
    const draft = await entries.draft!()
    await draft.write(new Uint8Array(600_000))
    draft.close()
    for (let i = 0; i < 20; i++) await store.put(`https://k/${i}`, new Response('x'.repeat(200_000)))
    const left = async (): Promise<number[]> => [(await filesBelow(folder, '.body')).length, (await readdir(join(folder, 'unfinished'))).length]
    await expect.poll(left).toEqual([4, 0])
  })

  test('takes an entry for missing whose body is away, and clears a body away whose entry is', async () => {
    const folder = await newFolder()
    const store = openDiskStore(folder, 4 * MIB)
    for (const key of ['a', 'b']) await store.put(`https://k/${key}`, new Response('x'.repeat(200_000)))
    const [body] = await filesBelow(folder, '.body')
    await rm(body!)
    const found = await Promise.all(['a', 'b'].map(async (key) => (await (await store.match(`https://k/${key}`))?.text())?.length))
    expect(found.sort()).toEqual([200_000, undefined])
    const [entry] = await filesBelow(folder)
    await rm(entry!)
    await openDiskStore(folder, 4 * MIB).put('https://k/c', new Response('c'))
    expect(await filesBelow(folder, '.body')).toEqual([])
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

  test('has no body in front that was not in memory when it was kept', async () => {
    const front = createMemoryStore(16 * MIB)
    const tiered = new TieredEntries(front.entries, entriesOf(openDiskStore(await newFolder(), 16 * MIB)))
    const draft = await tiered.draft!()
    await draft.write(new Uint8Array(100_000))
    await tiered.set('key', { ...ENTRY, answer: { status: 200, fields: [], body: draft.body() } })
    draft.close()
    expect([front.bytesUsed, (await tiered.get('key'))?.kind]).toEqual([0, 'answer'])
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
    let [port, tlsPort] = [0, 0]
    let opened = 0
    const start = async (): Promise<void> => {
      const tls = ['--tls-port', String(tlsPort), '--tls-cert-file', certificate('localhost'), '--tls-key-file', certificate('localhost.key'), '--tls-auth-clients', 'no']
      server = spawn('redis-server', ['--port', String(port), ...tls, '--bind', '127.0.0.1', '--save', '', '--requirepass', 'p@ss', '--dir', tmpdir()], { stdio: ['ignore', 'pipe', 'ignore'] })
      for await (const chunk of server.stdout!) if (String(chunk).includes('Ready to accept')) break
    }
    beforeAll(async () => {
      const probes = [createServer(), createServer()].map((probe) => probe.listen(0, '127.0.0.1'))
      await Promise.all(probes.map((probe) => once(probe, 'listening')))
      ;[port, tlsPort] = probes.map((probe) => (probe.address() as { port: number }).port) as [number, number]
      for (const probe of probes) probe.close()
      await start()
    })
    afterAll(() => void server.kill())
    const urlOf = (): string => `redis://:p%40ss@127.0.0.1:${port}/1`

    storeContract(() => openRedisStore(urlOf(), `test-${opened++}`))
    purgeLogContract(async () => {
      const name = `purges-${opened++}`
      return () => openRedisStore(urlOf(), name).purges!
    })

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

    test('does not talk to a server whose certificate nobody vouches for', async () => {
      await expect(openRedisStore(`rediss://:p%40ss@localhost:${tlsPort}`, 'x').match('https://k/')).rejects.toThrow(/certificate/)
    })

    test('is shared, over TLS, by gateways on all runtimes: what one stores, what one purges', async () => {
      let asked = 0
      const origin = createHttpServer(({ method }, response) => {
        if (method === 'GET') response.writeHead(200, { 'Cache-Control': 'max-age=600', 'Cache-Groups': '"g"' }).end(String(++asked))
        else response.writeHead(200, { 'Cache-Group-Invalidation': '"g"' }).end()
      })
      origin.listen(0, '127.0.0.1')
      await once(origin, 'listening')
      const config: Config = {
        upstreams: { app: { targets: [`http://127.0.0.1:${(origin.address() as { port: number }).port}`] } },
        caches: { default: { store: 'redis', url: `rediss://:p%40ss@localhost:${tlsPort}/2` } },
        routes: [{ upstream: 'app', cache: true }],
      }
      Object.assign(process.env, { NODE_EXTRA_CA_CERTS: certificate('localhost.authority'), DENO_CERT: certificate('localhost.authority') })
      const gateways = await Promise.all((['node', 'bun', 'deno'] as const).map((runtime) => serveOn(runtime, config)))
      for (const name of ['NODE_EXTRA_CA_CERTS', 'DENO_CERT']) Reflect.deleteProperty(process.env, name)
      const ask = async (gateway: number, path = '/x', method = 'GET'): Promise<string> => {
        const [response] = (await once(request({ port: gateways[gateway]!.port, path, method, headers: { Host: 'shop.example' } }).end(), 'response')) as [IncomingMessage]
        return `${(await response.toArray()).join('')} ${String(response.headers['cache-status']).split(';')[1]!.trim()}`
      }
      expect(await ask(0)).toBe('1 fwd=uri-miss')
      // Asked before the first answer is stored, it asks the origin too.
      await expect.poll(() => ask(1)).toMatch(/^[12] hit$/)
      expect(await ask(2)).toBe(await ask(1))
      expect(asked).toBeLessThanOrEqual(2)
      for (const poster of [2, 1, 0]) {
        const before = asked
        await ask(poster, '/other', 'POST')
        // The purge is on its way to the server when the POST is answered.
        await expect.poll(() => ask((poster + 1) % 3)).not.toContain('hit')
        // Asked before that answer is stored, it asks the origin too.
        await expect.poll(() => ask((poster + 2) % 3)).toMatch(new RegExp(`^(${before + 1}|${before + 2}) hit$`))
      }
      await Promise.all(gateways.map((gateway) => gateway.stop()))
      origin.close()
      origin.closeAllConnections()
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
    ['$3\r\na\r', 'incomplete'],
    ['$3', 'incomplete'],
    ['', 'incomplete'],
    ['*2\r\n$1\r\na\r\n*1\r\n:7\r\nrest', { reply: [Buffer.from('a'), [7]], bytes: 19 }],
    ['*-1\r\n', { reply: null, bytes: 5 }],
    ['*2\r\n:1\r\n', 'incomplete'],
    ['*2\r\n-ERR no\r\n:7\r\nrest', { reply: new Error('ERR no'), bytes: 17 }],
    ['HTTP/1.1 400\r\n', 'malformed'],
    ['-ERR no\r\n', { reply: new Error('ERR no'), bytes: 9 }],
  ])('reads the reply %j', (text, reply) => {
    expect(readReply(Buffer.from(text))).toEqual(reply)
  })
})

describe('a large body on its way to the disk', () => {
  const SIZE = 8 * MIB
  const whole = Buffer.alloc(SIZE)
  for (let i = 0; i < SIZE; i++) whole[i] = (i * 31 + (i >> 12)) & 0xff

  test.each<[RuntimeName, 'native' | 'strict']>([['node', 'strict'], ['bun', 'native'], ['bun', 'strict'], ['deno', 'native'], ['deno', 'strict']])('streams on %s, %s, to all who wait for it, is kept whole or not at all, and is there after a kill', { timeout: 60_000 }, async (runtime, adapter) => {
    const folder = await newFolder()
    const halves: ServerResponse[] = []
    const origin = createHttpServer((_request, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=600', ETag: '"big"', 'Content-Length': SIZE })
      response.write(whole.subarray(0, SIZE / 2))
      halves.push(response)
    })
    origin.listen(0, '127.0.0.1')
    await once(origin, 'listening')
    const config: Config = {
      listen: { adapter },
      upstreams: { app: { targets: [`http://127.0.0.1:${(origin.address() as { port: number }).port}`] } },
      caches: { default: { store: 'disk', path: folder, maxSize: '1GiB', maxEntrySize: '100MiB' } },
      routes: [{ upstream: 'app', cache: true }],
    }
    const ask = async (port: number, path: string, headers = {}): Promise<IncomingMessage> => {
      const sent = request({ port, path, headers: { Host: 'shop.example', ...headers } }).end()
      // One that breaks after its head is seen by who reads the answer.
      sent.on('error', () => {})
      return ((await once(sent, 'response')) as [IncomingMessage])[0]
    }
    /** Reads until so many bytes are there, or to the end. */
    const read = async (response: IncomingMessage, bytes = Infinity): Promise<Buffer> => {
      const pieces: Buffer[] = []
      let count = 0
      for await (const piece of response.iterator({ destroyOnReturn: false })) {
        pieces.push(piece as Buffer)
        if ((count += (piece as Buffer).byteLength) >= bytes) break
      }
      return Buffer.concat(pieces)
    }
    const statusOf = ({ headers }: IncomingMessage): string => String(headers['cache-status'])

    const gateway = await serveOn(runtime, config)
    const first = await ask(gateway.port, '/big')
    const firstHalf = await read(first, SIZE / 2)
    const second = await ask(gateway.port, '/big')
    const secondHalf = await read(second, SIZE / 2)
    const slow = await ask(gateway.port, '/big')
    expect([halves.length, firstHalf.byteLength, secondHalf.byteLength, statusOf(second).includes('collapsed')]).toEqual([1, SIZE / 2, SIZE / 2, true])
    halves[0]!.end(whole.subarray(SIZE / 2))
    const rests = await Promise.all([read(first), read(second)])
    expect(rests.map((rest, i) => Buffer.concat([[firstHalf, secondHalf][i]!, rest]).equals(whole))).toEqual([true, true])
    expect((await read(slow)).equals(whole)).toBe(true)

    const hit = await ask(gateway.port, '/big', { Range: `bytes=${SIZE - 5}-` })
    expect([hit.statusCode, statusOf(hit).includes('hit'), (await read(hit)).equals(whole.subarray(-5))]).toEqual([206, true, true])

    const broken = await ask(gateway.port, '/broken')
    await read(broken, SIZE / 2)
    const follower = await ask(gateway.port, '/broken')
    halves[1]!.destroy()
    expect((await Promise.allSettled([read(broken), read(follower)])).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect.poll(async () => [(await filesBelow(folder, '.body')).length, (await readdir(join(folder, 'unfinished'))).length]).toEqual([1, 0])

    await gateway.stop('SIGKILL')
    const again = await serveOn(runtime, config)
    const kept = await ask(again.port, '/big')
    expect([statusOf(kept).includes('hit'), (await read(kept)).equals(whole), halves.length]).toEqual([true, true, 2])
    await again.stop()
    origin.close()
    origin.closeAllConnections()
  })
})

describe('a gateway that is killed', () => {
  test.each<RuntimeName>(['node', 'bun', 'deno'])('on %s has its disk cache when it is started again, but for what was purged', async (runtime) => {
    const folder = await newFolder()
    let asked = 0
    const origin = createHttpServer(({ method }, response) => {
      if (method === 'GET') response.writeHead(200, { 'Cache-Control': 'max-age=600', Vary: 'Accept', 'Cache-Groups': '"g"' }).end(Buffer.alloc(200_000, String(++asked)))
      else response.writeHead(200, { 'Cache-Group-Invalidation': '"g"' }).end()
    })
    origin.listen(0, '127.0.0.1')
    await once(origin, 'listening')
    const config: Config = {
      upstreams: { app: { targets: [`http://127.0.0.1:${(origin.address() as { port: number }).port}`] } },
      caches: { default: { store: 'disk', path: folder } },
      routes: [{ upstream: 'app', cache: true }],
    }
    const ask = async (port: number, path = '/x', method = 'GET'): Promise<string> => {
      const asked = request({ port, path, method, headers: { Host: 'shop.example' } }).end()
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      return `${(await response.toArray()).join('').slice(0, 1)} ${String(response.headers['cache-status']).split(';')[1]!.trim()}`
    }
    const first = await serveOn(runtime, config)
    expect(await ask(first.port)).toBe('1 fwd=uri-miss')
    while ((await filesBelow(folder)).length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    await first.stop('SIGKILL')
    const second = await serveOn(runtime, config)
    expect(await ask(second.port)).toBe('1 hit')
    await ask(second.port, '/other', 'POST')
    await expect.poll(() => readFile(join(folder, 'purges'), 'utf8')).toContain('group')
    await second.stop('SIGKILL')
    const third = await serveOn(runtime, config)
    expect(await ask(third.port)).toBe('2 fwd=vary-miss')
    await third.stop()
    origin.close()
    origin.closeAllConnections()
  })
})
