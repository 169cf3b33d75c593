// A cache store in Redis or Valkey: one string for each entry, in the same form as on disk.
import { createHash } from 'node:crypto'
import type { CacheStore } from '../../src/index.js'
import { answerOf, BytesPayload, LazyResponse } from '../../src/adapter.js'
import { decodeRecord, encodeRecord } from './record.js'
import { RedisConnection } from './redis-connection.js'
import { RedisPurges } from './redis-purges.js'

/** Entries that nobody has renewed for so long go; how long they may be used is not the server's to judge. */
const KEEP_SECONDS = 7 * 24 * 60 * 60

/** A store on the server at `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. `name` keeps caches apart. */
export function openRedisStore(url: string, name: string): CacheStore {
  const connection = new RedisConnection(url)
  const keyOf = (key: string): string => `fetchgate:${name}:${createHash('sha256').update(key).digest('base64url')}`
  return {
    purges: new RedisPurges(connection, `fetchgate:${name}:purges`, KEEP_SECONDS),
    match: async (key) => {
      const value = await connection.send('GET', keyOf(key))
      const record = value instanceof Buffer ? decodeRecord(value, key) : undefined
      const body = record?.body
      return record && (new LazyResponse({ ...record, body: body instanceof BytesPayload ? body : undefined }) as unknown as Response)
    },
    put: async (key, response) => {
      const answer = answerOf(response)
      const body = answer.body instanceof BytesPayload ? answer.body.bytes : answer.body && new Uint8Array(await response.arrayBuffer())
      await connection.send('SET', keyOf(key), encodeRecord(key, answer, body), 'EX', String(KEEP_SECONDS))
    },
    delete: async (key) => (await connection.send('DEL', keyOf(key))) === 1,
  }
}
