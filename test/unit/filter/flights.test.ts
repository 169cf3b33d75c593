import { expect, test, vi } from 'vitest'
import { Flights } from '../../../src/filter/flights/stage.js'

/** A flight whose end, and whose waiters' clock, the test decides. */
function world() {
  const ends: ((result: string) => void)[] = []
  let timeOut = (): void => {}
  const flights = new Flights<string>({ nowMs: () => 0, sleep: () => new Promise((resolve) => (timeOut = resolve)) })
  const exchange = { background: vi.fn() }
  const share = (key: string) => flights.share(key, () => new Promise((end) => ends.push(end)), exchange, 1000)
  return { ends, share, exchange, timeOut: () => timeOut() }
}

test('work for one key is done once at a time, for all who ask meanwhile', async () => {
  const { ends, share, exchange } = world()
  const asked = [share('a'), share('a'), share('b')]
  expect([ends.length, exchange.background.mock.calls.length]).toEqual([2, 2])
  ends[0]!('A')
  ends[1]!('B')
  expect(await Promise.all(asked)).toEqual([{ result: 'A', isJoined: false }, { result: 'A', isJoined: true }, { result: 'B', isJoined: false }])
  void share('a')
  expect(ends).toHaveLength(3)
})

test('work that was lost with its request is waited for once, and then done anew', async () => {
  const { ends, share, timeOut } = world()
  void share('a')
  const joined = share('a')
  timeOut()
  expect(await joined).toBeUndefined()
  const again = share('a')
  expect(ends).toHaveLength(2)
  ends[1]!('A')
  expect(await again).toEqual({ result: 'A', isJoined: false })
})
