import { describe, expect, test } from 'vitest'
import { startDeadline } from '../../../src/forward/deadline.js'
import { GatewayError } from '../../../src/errors.js'
import { worldOf } from '../../support/gateway.js'

/** A clock whose sleeps end when the test says so, or when their signal is aborted. */
function handClock(): { sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>; ring: () => void; slept: number[] } {
  const slept: number[] = []
  let ring = (): void => {}
  return {
    slept,
    ring: () => ring(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        slept.push(ms)
        ring = resolve
        signal?.addEventListener('abort', () => resolve())
      }),
  }
}

describe('a deadline', () => {
  test('that is not set is the client alone', () => {
    const client = new AbortController()
    expect(startDeadline(undefined, client.signal, handClock()).signal).toBe(client.signal)
  })

  test('aborts when its time is up', async () => {
    const clock = handClock()
    const deadline = startDeadline(500, undefined, clock)
    expect([clock.slept, deadline.signal?.aborted, deadline.expired()]).toEqual([[500], false, false])
    clock.ring()
    await Promise.resolve()
    expect([deadline.signal?.aborted, deadline.expired()]).toEqual([true, true])
  })

  test('aborts when the client goes, and has not expired then', async () => {
    const client = new AbortController()
    const deadline = startDeadline(500, client.signal, handClock())
    client.abort()
    await Promise.resolve()
    expect([deadline.signal?.aborted, deadline.expired()]).toEqual([true, false])
  })

  test('covers all attempts: the request is answered with 504', async () => {
    const clock = handClock()
    const hangs = (signal: AbortSignal | undefined): Promise<never> => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new GatewayError('client_aborted'))))
    const world = worldOf({ routes: [{ upstream: 'app', deadline: '2s' }] }, ({ signal }, attempt) => {
      if (attempt === 1) throw new GatewayError('connection_refused')
      clock.ring()
      return hangs(signal)
    }, { clock: { nowMs: () => 0, sleep: clock.sleep } })
    const { status, text } = await world.ask('GET', '/')
    expect([status, JSON.parse(text), world.sent.length, clock.slept]).toEqual([504, expect.objectContaining({ code: 'http_response_timeout' }), 2, [2000]])
  })
})
