import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Generations } from '../../../runtimes/shared/generations.js'

interface Opened {
  readonly number: number
  end: () => void
}

/** Listeners that count, and end when they are told to. Those above a number cannot be opened. */
function counted(most = Infinity): { readonly listeners: Generations<Opened>; readonly stopped: number[] } {
  const stopped: number[] = []
  let count = 0
  const listeners = new Generations<Opened>({
    open: () => {
      if (count === most) throw new Error('in use')
      return { number: ++count, end: () => {} }
    },
    stop: (listener) => {
      stopped.push(listener.number)
      return new Promise<void>((resolve) => (listener.end = resolve))
    },
  })
  return { listeners, stopped }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('one that follows is in force at once, and the one before ends a second later', async () => {
  const { listeners, stopped } = counted()
  listeners.follow()
  expect([listeners.current.number, listeners.all.map(({ number }) => number), stopped]).toEqual([2, [1, 2], []])
  await vi.advanceTimersByTimeAsync(1000)
  expect(stopped).toEqual([1])
  listeners.all[0]!.end()
  await vi.advanceTimersByTimeAsync(0)
  expect(listeners.all.map(({ number }) => number)).toEqual([2])
})

test('a stop ends all, each once, and waits for what is under way', async () => {
  const { listeners, stopped } = counted()
  listeners.follow()
  let ended = false
  void listeners.stop().then(() => (ended = true))
  await vi.advanceTimersByTimeAsync(1000)
  expect([stopped, ended]).toEqual([[1, 2], false])
  for (const listener of listeners.all) listener.end()
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).toBe(true)
})

test('where the next cannot be opened, the one in force stays', () => {
  const { listeners } = counted(1)
  expect(() => listeners.follow()).toThrow('in use')
  expect(listeners.all.map(({ number }) => number)).toEqual([1])
})

test('one that has ended by itself is replaced', () => {
  const { listeners } = counted()
  listeners.replace()
  expect(listeners.all.map(({ number }) => number)).toEqual([2])
})
