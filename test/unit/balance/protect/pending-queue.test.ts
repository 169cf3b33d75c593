import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PendingQueue, type QueueSettings, type Ticket } from '../../../../src/balance/protect/pending-queue.js'

const T = 1_700_000_000_000
const queueOf = (values: string, settings: Partial<QueueSettings> = {}): PendingQueue<string> => {
  const queue = new PendingQueue<string>({ maxPending: 128, pendingTimeoutMs: 1000, order: 'fifo', ...settings }, T)
  for (const [i, value] of [...values].entries()) queue.join(value, T + i * 100)
  return queue
}
const served = (queue: PendingQueue<string>): string => Array.from({ length: queue.size }, () => queue.next()).join('')
const expired = (queue: PendingQueue<string>, nowMs: number): string => {
  let gone = ''
  for (let value = queue.expire(nowMs); value !== undefined; value = queue.expire(nowMs)) gone += value
  return gone
}

describe('whose turn it is', () => {
  test('goes by who came first, or who came last', () => {
    expect([served(queueOf('abcd')), served(queueOf('abcd', { order: 'lifo' }))]).toEqual(['abcd', 'dcba'])
  })

  test('nobody, when nobody waits', () => {
    expect(queueOf('').next()).toBeUndefined()
  })

  test('leaves out who has left, from whichever place', () => {
    for (const gone of 'abcd') {
      const queue = queueOf('')
      for (const ticket of [...'abcd'].map((value) => queue.join(value, T)!)) if (ticket.value === gone) expect([queue.leave(ticket), queue.leave(ticket)]).toEqual([true, false])
      expect(served(queue)).toBe('abcd'.replace(gone, ''))
    }
  })

  test('is also that of one who is late, as long as nobody has expired it', () => {
    const queue = queueOf('ab')
    expect(queue.expiresAtMs(T + 5000)).toBe(T + 5000)
    expect(served(queue)).toBe('ab')
  })
})

describe('a full queue', () => {
  test('takes nobody, until somebody goes', () => {
    const queue = queueOf('ab', { maxPending: 2 })
    expect([queue.join('c', T), queue.size]).toEqual([undefined, 2])
    queue.next()
    expect(queue.join('c', T)?.value).toBe('c')
  })

  test('of no places takes nobody ever', () => {
    expect(queueOf('a', { maxPending: 0 }).size).toBe(0)
  })
})

describe('a wait', () => {
  test('ends after its time, for who came first at first, in either order', () => {
    for (const order of ['fifo', 'lifo'] as const) {
      const queue = queueOf('abc', { order })
      expect([expired(queue, T + 999), queue.expiresAtMs(T + 999)]).toEqual(['', T + 1000])
      expect([expired(queue, T + 1100), queue.expiresAtMs(T + 1100)]).toEqual(['ab', T + 1200])
      expect([expired(queue, T + 9999), queue.expiresAtMs(T + 9999), queue.size]).toEqual(['c', undefined, 0])
    }
  })

  test('is no longer for a clock that is set back', () => {
    const queue = queueOf('a')
    const backMs = T - 3_600_000
    expect([expired(queue, backMs), queue.expiresAtMs(backMs)]).toEqual(['', backMs + 1000])
    queue.join('b', backMs + 500)
    expect([expired(queue, backMs + 1000), expired(queue, backMs + 1500)]).toEqual(['a', 'b'])
  })

  test('of one that was served is over for good', () => {
    const queue = queueOf('')
    const ticket = queue.join('a', T)!
    queue.next()
    expect([queue.leave(ticket), expired(queue, T + 5000)]).toEqual([false, ''])
  })
})

test('it does what a plain list would, whatever is done to it', () => {
  const command = fc.oneof(fc.constant({ do: 'join' as const }), fc.constant({ do: 'next' as const }), fc.record({ do: fc.constant('leave' as const), at: fc.nat(30) }), fc.record({ do: fc.constant('expire' as const), afterMs: fc.nat(600) }))
  const settings = fc.record({ maxPending: fc.nat(8), pendingTimeoutMs: fc.constant(1000), order: fc.constantFrom('fifo' as const, 'lifo' as const) })
  fc.assert(
    fc.property(fc.array(command, { maxLength: 100, size: 'max' }), settings, (commands, chosen) => {
      const queue = new PendingQueue<number>(chosen, T)
      // The same as a list, in which everything is looked for.
      const waiting: { value: number; sinceMs: number }[] = []
      const takeAt = (index: number): number | undefined => waiting.splice(index, 1)[0]?.value
      const tickets: Ticket<number>[] = []
      let nowMs = T
      for (const [value, each] of commands.entries()) {
        switch (each.do) {
          case 'join': {
            const ticket = queue.join(value, nowMs)
            expect(ticket !== undefined).toBe(waiting.length < chosen.maxPending)
            if (ticket) waiting.push({ value, sinceMs: nowMs })
            if (ticket) tickets.push(ticket)
            break
          }
          case 'next':
            expect(queue.next()).toBe(takeAt(chosen.order === 'fifo' ? 0 : waiting.length - 1))
            break
          case 'leave': {
            const ticket = tickets[each.at]
            if (!ticket) break
            const at = waiting.findIndex(({ value: each }) => each === ticket.value)
            expect(queue.leave(ticket)).toBe(at >= 0)
            if (at >= 0) takeAt(at)
            break
          }
          case 'expire':
            nowMs += each.afterMs
            for (let late = queue.expire(nowMs); late !== undefined; late = queue.expire(nowMs)) expect(late).toBe(takeAt(0))
            expect(waiting.filter(({ sinceMs }) => nowMs - sinceMs >= chosen.pendingTimeoutMs)).toEqual([])
        }
        expect(queue.size).toBe(waiting.length)
        expect(queue.expiresAtMs(nowMs)).toBe(waiting.length === 0 ? undefined : waiting[0]!.sinceMs + chosen.pendingTimeoutMs)
      }
    }),
  )
})

test('leaving a long queue takes no longer than leaving a short one', () => {
  const stepsPerLeave = (length: number): number => {
    const queue = new PendingQueue<number>({ maxPending: length, pendingTimeoutMs: 1000, order: 'fifo' }, T)
    const tickets = Array.from({ length }, (_, i) => queue.join(i, T)!)
    const startMs = performance.now()
    for (const ticket of tickets.toReversed()) queue.leave(ticket)
    return (performance.now() - startMs) / length
  }
  stepsPerLeave(10_000)
  // A queue that looks for the place would be a hundred times slower here.
  expect(stepsPerLeave(200_000)).toBeLessThan(stepsPerLeave(2000) * 30 + 0.001)
})
