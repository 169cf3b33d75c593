// A cache store in Redis or Valkey: one string for each entry, in the same form as on disk.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { CacheStore } from '../../src/index.js'
import { answerOf, BytesPayload, LazyResponse } from '../../src/adapter.js'
import { decodeRecord, encodeHead, encodeSuffix } from './record.js'
import { RedisConnection } from './redis-connection.js'

/** Entries that nobody has renewed for so long go; how long they may be used is not the server's to judge. */
const KEEP_SECONDS = 7 * 24 * 60 * 60

/** A store on the server at `redis://[user:password@]host[:port][/database]`. `name` keeps caches apart. */
export function openRedisStore(url: string, name: string): CacheStore {
  const connection = new RedisConnection(url)
  const keyOf = (key: string): string => `fetchgate:${name}:${createHash('sha256').update(key).digest('base64url')}`
  return {
    match: async (key) => {
      const value = await connection.send('GET', keyOf(key))
      const answer = value instanceof Buffer ? decodeRecord(value, key) : undefined
      return answer && (new LazyResponse(answer) as unknown as Response)
    },
    put: async (key, response) => {
      const answer = answerOf(response)
      const body = answer.body instanceof BytesPayload ? answer.body.bytes : answer.body ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array(0)
      await connection.send('SET', keyOf(key), Buffer.concat([encodeHead(key, answer), body, encodeSuffix(crc32(body))]), 'EX', String(KEEP_SECONDS))
    },
    delete: async (key) => (await connection.send('DEL', keyOf(key))) === 1,
  }
}
