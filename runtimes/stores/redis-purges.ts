// The purges of all processes that share a Redis store, as a stream of the server: it numbers them, and tells each process what is new.
import type { NumberedPurge, PurgeLog, PurgeRecord } from '../../src/index.js'
import { MAX_PURGES } from '../../src/adapter.js'
import type { RedisConnection, Reply } from './redis-connection.js'

/** Records that one answer may bring. */
const COUNT = 1000

export class RedisPurges implements PurgeLog {
  readonly #connection: RedisConnection
  readonly #key: string
  readonly #keepSeconds: number
  /** The last record that was read. */
  #last = '0-0'

  /** `keepSeconds` is how long an entry stays that nobody renews; older purges have nothing left to be about. */
  constructor(connection: RedisConnection, key: string, keepSeconds: number) {
    this.#connection = connection
    this.#key = key
    this.#keepSeconds = keepSeconds
  }

  async append({ mark, soft, atMs }: PurgeRecord): Promise<number> {
    const added = this.#connection.send('XADD', this.#key, 'MAXLEN', '~', String(MAX_PURGES), '*', 'mark', mark, 'soft', soft ? '1' : '', 'at', String(atMs))
    const [id] = await Promise.all([added, this.#connection.send('EXPIRE', this.#key, String(2 * this.#keepSeconds))])
    return generationOf(String(id))
  }

  async read(): Promise<readonly NumberedPurge[]> {
    const records: NumberedPurge[] = []
    for (let from = this.#last; ; ) {
      const reply = await this.#connection.send('XREAD', 'COUNT', String(COUNT), 'STREAMS', this.#key, from)
      const found = entriesOf(reply)
      records.push(...found.map(recordOf))
      from = found.at(-1)?.[0] ?? from
      if (found.length < COUNT) {
        // Another reader may have come further meanwhile.
        if (generationOf(from) > generationOf(this.#last)) this.#last = from
        return records
      }
    }
  }
}

type StreamEntry = readonly [id: string, fields: readonly string[]]

/** The entries in an answer to XREAD of one stream; null when there is nothing new. */
function entriesOf(reply: Reply): StreamEntry[] {
  const [stream] = (reply ?? []) as Reply[][]
  const entries = (stream?.[1] ?? []) as Reply[][]
  return entries.map(([id, fields]) => [String(id), (fields as Reply[]).map(String)])
}

function recordOf([id, [, mark = '', , soft = '', , atMs = '0']]: StreamEntry): NumberedPurge {
  return { mark, soft: soft !== '', atMs: Number(atMs), generation: generationOf(id) }
}

/** `milliseconds-count` as one number of the same order. A thousand purges in a millisecond are not told apart. */
function generationOf(id: string): number {
  const [ms, count] = id.split('-').map(Number)
  return ms! * 1000 + Math.min(count!, 999)
}
