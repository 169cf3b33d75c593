// Counters in Redis or Valkey: a script of the server counts each request whole, by the server's clock, so that all processes that share it count as one.
import { createHash } from 'node:crypto'
import type { CountedBy, CountedRequest, CounterStore } from '../../src/index.js'
import { RedisConnection, type Reply } from './redis-connection.js'

/** A store on the server, whose `name` keeps it apart from others there. */
export function openRedisCounters(url: string, name: string, timeoutMs: number): CounterStore {
  const connection = new RedisConnection(url, timeoutMs)
  return { consistency: 'exact-shared', count: (key, by) => countInRedis(connection, `fetchgate:${name}:${createHash('sha256').update(key).digest('base64url')}`, by) }
}

/** `nowMs` takes the place of the server's clock, for comparisons. */
export async function countInRedis(connection: RedisConnection, key: string, { algorithm, limit, windowMs, burst }: CountedBy, nowMs?: number): Promise<CountedRequest> {
  const given = ['1', key, algorithm, String(limit), String(windowMs), String(burst), ...(nowMs === undefined ? [] : [String(nowMs)])]
  const reply = await connection.send('EVALSHA', SHA1, ...given).catch((error: Error) => {
    if (!error.message.startsWith('NOSCRIPT')) throw error
    return connection.send('EVAL', SCRIPT, ...given)
  })
  const [passes, remaining, resetSeconds] = reply as [Reply, number, number]
  return { verdict: passes === 1 ? 'pass' : 'refuse', remaining, resetSeconds }
}

/** The algorithms of src/filter/rate-limit once more; a test holds them to the same answers. */
const SCRIPT = `
local algorithm, limit, window, burst, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local at, used, before = 0, 0, 0
local kept = redis.call('GET', KEYS[1])
if kept then
  local a, u, b = string.match(kept, '^(%S+) (%S+) (%S+)$')
  at, used, before = tonumber(a) or 0, tonumber(u) or 0, tonumber(b) or 0
end
local nearly, most, level, wait = 0.000001, limit, 0, 0
local start = math.floor(now / window) * window
if algorithm == 'gcra' then
  most = burst
  used = math.max(0, used - math.max(0, now - at) * limit / window)
  at, level = now, used
else
  if start > at then
    before = (start - at == window) and used or 0
    at, used = start, 0
  elseif start < at - window then
    at = start
  end
  if algorithm == 'fixed-window' then before = 0 end
  level = used + before * (1 - math.max(0, now - at) / window)
end
local passes = level + 1 <= most + nearly
if passes then used, level = used + 1, level + 1 end
if algorithm == 'gcra' then
  wait = (passes and used or level + 1 - burst) * window / limit
elseif algorithm == 'fixed-window' then
  wait = at + window - now
else
  local gone = math.max(0, now - at) / window
  if passes then wait = (2 - gone) * window
  elseif used + 1 <= limit then wait = (1 - (limit - used - 1) / before - gone) * window
  else wait = (2 - (limit - 1) / used - gone) * window end
end
local keep = algorithm == 'gcra' and math.ceil(used * window / limit) or 2 * window + math.max(0, at - now)
redis.call('SET', KEYS[1], string.format('%.17g %.17g %.17g', at, used, before), 'PX', string.format('%.0f', keep + 1))
return { passes and 1 or 0, math.max(0, math.floor(most - level + nearly)), math.max(1, math.ceil(wait / 1000 - nearly)) }
`

const SHA1 = createHash('sha1').update(SCRIPT).digest('hex')
