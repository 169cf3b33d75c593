import { describe, expect, test } from 'vitest'
import { parseAddressList } from '../../../src/filter/address-list/parse.js'
import type { Config } from '../../../src/index.js'
import { text, worldOf } from '../../support/gateway.js'

describe('a list', () => {
  test('has one address or range to a line, and comments', () => {
    expect(parseAddressList('# all\r\n192.0.2.0/24 ; SBL1\r\n\r\n  2001:db8::/32#x\n::1\n')).toHaveLength(3)
    expect(parseAddressList('# nobody\n')).toEqual([])
  })

  test.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['192.0.2.0/24\n<html>', 'line 2 is not an address or a range'],
    ['192.0.2.0/33', 'line 1 is not an address or a range'],
    ['192.0.2.1 192.0.2.2', 'line 1 is not an address or a range'],
  ])('%j: %s', (given, fault) => {
    expect(parseAddressList(given)).toBe(fault)
  })
})

describe('a list from elsewhere', () => {
  /** A gateway whose list is what `source` gives or throws; the time passes as its timers are set. */
  const reading = (filter: NonNullable<Config['filters']>[number], source: (number: number) => string | Promise<string>) => {
    let reads = 0
    let nowMs = 1_000_000
    const waits: (() => void)[] = []
    const world = worldOf({ filters: [filter] }, () => text('ok'), {
      read: async (url, _signal, maxBytes) => {
        expect([url, maxBytes]).toEqual(['https://lists.example/drop', 64 * 1024 ** 2])
        return source(++reads)
      },
      clock: { nowMs: () => nowMs, sleep: (ms) => new Promise((resolve) => void waits.push(() => ((nowMs += ms), resolve()))) },
    })
    const from = async (peer: string): Promise<number> => (await world.ask('GET', '/', { peer })).status
    /** Lets the next read come, and be over. */
    const refresh = async (): Promise<void> => {
      waits.splice(0).forEach((wake) => wake())
      await new Promise((resolve) => setTimeout(resolve))
    }
    return { world, from, refresh, reads: () => reads, pass: (ms: number) => void (nowMs += ms) }
  }
  const deny = { deny: { ip: ['198.51.100.1'], ipFrom: { url: 'https://lists.example/drop', refresh: '1m' } } }

  test('is read for the first request that needs it, once for all that wait', async () => {
    let give: (list: string) => void = () => {}
    const { from, reads } = reading(deny, () => new Promise((resolve) => (give = resolve)))
    const statuses = Promise.all([from('192.0.2.1'), from('192.0.2.2'), from('198.51.100.1')])
    await new Promise((resolve) => setTimeout(resolve))
    give('192.0.2.1')
    expect([await statuses, await from('192.0.2.1'), reads()]).toEqual([[403, 200, 403], 403, 1])
  })

  test('changes with its source; one that fails or is none changes nothing, and is told', async () => {
    const lists = ['192.0.2.1', '192.0.2.2', 'oops', '', '192.0.2.3']
    const { world, from, refresh } = reading(deny, (number) => {
      if (number === 5) throw new Error('it is gone')
      return lists[Math.min(number, 5) - 1]!
    })
    const stop = new AbortController()
    world.watch(stop.signal)
    await refresh()
    const seen: string[] = []
    for (let i = 0; i < 6; i++) {
      seen.push((await Promise.all([1, 2, 3].map((host) => from(`192.0.2.${host}`)))).map((status) => (status === 403 ? 'x' : '.')).join(''))
      await refresh()
    }
    stop.abort()
    expect(seen).toEqual(['x..', '.x.', '.x.', '.x.', '.x.', '..x'])
    expect(world.events.flatMap((event) => (event.kind === 'list-failed' ? [event.detail] : []))).toEqual(['line 1 is not an address or a range', 'it is empty', 'it is gone'])
  })

  test('nobody passes while there has never been one, and it is asked for once a second at most', async () => {
    const { world, from, reads, pass } = reading(deny, (number) => {
      if (number < 2) throw new Error('it is gone')
      return '192.0.2.1'
    })
    expect([await from('192.0.2.9'), await from('192.0.2.9'), reads(), world.sent.length]).toEqual([500, 500, 1, 0])
    pass(1000)
    expect([await from('192.0.2.9'), await from('192.0.2.1'), reads()]).toEqual([200, 403, 2])
  })

  test('allows nobody else', async () => {
    const { from } = reading({ allow: { ipFrom: 'https://lists.example/drop' } }, () => '192.0.2.0/24')
    expect([await from('192.0.2.9'), await from('198.51.100.1')]).toEqual([200, 403])
  })

  test('is refused at start where nothing can be read', () => {
    expect(() => worldOf({ filters: [deny] })).toThrow('filters[0].deny.ipFrom')
  })
})
