import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Keepalive, nextStep, type Pulse, type Side, type Step } from '../../../runtimes/websocket/keepalive.js'

describe('nextStep', () => {
  test.each<[string, Pulse, number, Step]>([
    ['an end that has just been heard is left alone', { heardMs: 1000, askedMs: undefined }, 1000, { kind: 'wait', delayMs: 100 }],
    ['so is one that was heard within the span', { heardMs: 1000, askedMs: undefined }, 1060, { kind: 'wait', delayMs: 40 }],
    ['a silent one is asked', { heardMs: 1000, askedMs: undefined }, 1100, { kind: 'ask' }],
    ['it has as long again', { heardMs: 1000, askedMs: 1150 }, 1200, { kind: 'wait', delayMs: 50 }],
    ['and is then given up', { heardMs: 1000, askedMs: 1150 }, 1250, { kind: 'silent' }],
    ['a timer that comes early is no reason to wait again', { heardMs: 1000, askedMs: undefined }, 1099.5, { kind: 'ask' }],
  ])('%s', (_, pulse, nowMs, step) => {
    expect(nextStep(pulse, nowMs, 100)).toEqual(step)
  })
})

describe('Keepalive', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function watch(options: { sent?: boolean; isRead?: boolean; only?: Side } = {}): { keepalive: Keepalive; asked: string[]; silent: Side[] } {
    const asked: string[] = []
    const silent: Side[] = []
    const startMs = performance.now()
    const peer = (side: Side): { ask(): boolean; isRead(): boolean } => ({
      ask: () => asked.push(`${side} ${Math.round(performance.now() - startMs)}`) > 0 && (options.sent ?? true),
      isRead: () => options.isRead ?? true,
    })
    const peers = options.only ? { [options.only]: peer(options.only) } : { client: peer('client'), server: peer('server') }
    return { keepalive: new Keepalive(100, peers, (side) => void silent.push(side)), asked, silent }
  }

  test('asks both ends when nothing comes, and gives up after as long again', () => {
    const { asked, silent } = watch()
    vi.advanceTimersByTime(199)
    expect([asked, silent]).toEqual([['client 100', 'server 100'], []])
    vi.advanceTimersByTime(1)
    expect(silent).toEqual(['client'])
  })

  test('asks the silent end only, and names it', () => {
    const { keepalive, asked, silent } = watch()
    for (let i = 0; i < 6; i++) {
      vi.advanceTimersByTime(50)
      if (silent.length === 0) keepalive.heard('client')
    }
    expect([asked, silent]).toEqual([['server 100'], ['server']])
  })

  test('an answer ends the question', () => {
    const { keepalive, asked, silent } = watch({ only: 'server' })
    vi.advanceTimersByTime(150)
    expect(keepalive.isAsked('server')).toBe(true)
    keepalive.heard('server')
    expect(keepalive.isAsked('server')).toBe(false)
    vi.advanceTimersByTime(199)
    expect([asked, silent]).toEqual([['server 100', 'server 250'], []])
    vi.advanceTimersByTime(1)
    expect(silent).toEqual(['server'])
  })

  test('an end whose ping has to wait is given up from when it was sent', () => {
    const { keepalive, silent } = watch({ only: 'client', sent: false })
    vi.advanceTimersByTime(350)
    keepalive.asked('client')
    vi.advanceTimersByTime(99)
    expect(silent).toEqual([])
    vi.advanceTimersByTime(1)
    expect(silent).toEqual(['client'])
  })

  test('an end that is not read is never given up', () => {
    const { silent } = watch({ isRead: false })
    vi.advanceTimersByTime(1000)
    expect(silent).toEqual([])
  })

  test('stops', () => {
    const { keepalive, asked } = watch()
    keepalive.stop()
    vi.advanceTimersByTime(1000)
    expect([asked, vi.getTimerCount()]).toEqual([[], 0])
  })
})
