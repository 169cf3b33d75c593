// What follows the end of a worker, and how its processes are started and their lines kept whole.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterEnding, endingText, hasFailed } from '../../../../runtimes/cli/supervise.js'
import { wholeLines } from '../../../../runtimes/cli/whole-lines.js'
import { denoFlags, eachListens } from '../../../../runtimes/cli/worker-process.js'

const SERVING = { stopping: false, everListened: true, left: 1 }
const crash = (livedMs: number, crashes: number) => ({ code: 1, signal: null, livedMs, crashes })

describe('a worker that has ended', () => {
  test('is replaced at once, and ever later while its like keep ending soon', () => {
    const delays = [0, 1, 2, 3, 7, 8, 30, 2000].map((crashes) => afterEnding(crash(100, crashes), SERVING))
    expect(delays.map((next) => next.kind === 'replace' && next.afterMs)).toEqual([0, 250, 500, 1000, 16_000, 30_000, 30_000, 30_000])
  })

  test('that has lived for ten seconds is no crash in a row', () => {
    expect(afterEnding(crash(9_999, 4), SERVING)).toEqual({ kind: 'replace', afterMs: 2000, crashes: 5 })
    expect(afterEnding(crash(10_000, 4), SERVING)).toEqual({ kind: 'replace', afterMs: 0, crashes: 1 })
  })

  test.each([
    ['the first that never listened', { stopping: false, everListened: false, left: 0 }, { kind: 'end', failed: true }],
    ['the last one of a stop', { stopping: true, everListened: true, left: 0 }, { kind: 'end', failed: true }],
    ['one of a stop, others are there', { stopping: true, everListened: true, left: 2 }, { kind: 'wait' }],
  ])('is not replaced: %s', (_, situation, next) => {
    expect(afterEnding(crash(5, 0), situation)).toEqual(next)
  })

  test('has failed unless it ended with 0 or by the signal that stops', () => {
    expect([[0, null], [null, 'SIGTERM'], [1, null], [null, 'SIGKILL']].map(([code, signal]) => hasFailed({ code: code as number | null, signal: signal as string | null }))).toEqual([false, false, true, true])
  })

  test('is told of with its number, its end and the delay', () => {
    expect(endingText(2, { code: null, signal: 'SIGKILL', livedMs: 1, crashes: 0 }, 0)).toBe('worker 2 was ended by SIGKILL; another takes its place')
    expect(endingText(1, crash(1, 2), 500)).toBe('worker 1 ended with 1; another takes its place in 0.5 s')
  })
})

describe('a worker on Deno', () => {
  const isScript = (text: string): boolean => text === '/app/cli.js'

  test.each([
    [['deno', 'run', '--allow-net', '--allow-read=/app', '/app/cli.js', 'serve'], ['run', '--allow-net', '--allow-read=/app', '--unstable-net']],
    [['deno', 'run', '-A', '--unstable-net', '/app/cli.js', 'serve'], ['run', '-A', '--unstable-net']],
    [['deno', 'task', 'serve'], ['run', '-A', '--unstable-net']],
    [[], ['run', '-A', '--unstable-net']],
  ])('is started with the flags of %j', (line, flags) => {
    expect(denoFlags(line, isScript)).toEqual(flags)
  })
})

test('each process listens by itself where the kernel spreads connections', () => {
  expect([['Bun', '22.0.0'], ['Deno', '22.0.0'], ['Node', '20.18.0'], ['Node', '23.0.9'], ['Node', '23.1.0'], ['Node', '26.10.0']].map(([runtime, version]) => eachListens(runtime as 'Node', version!))).toEqual([true, true, false, false, true, true])
})

describe('lines of several processes', () => {
  test('go on whole, however they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 5 }).map((text) => text.replaceAll('\n', '')), { maxLength: 8 }), fc.array(fc.nat(6), { minLength: 1, maxLength: 8 }), async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const passed: Buffer[] = []
        const through = wholeLines().on('data', (chunk: Buffer) => passed.push(chunk))
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = 1 + cuts[i % cuts.length]!
          through.write(bytes.subarray(at, at + size))
          at += size
        }
        through.end()
        await new Promise((resolve) => through.once('end', resolve))
        expect(Buffer.concat(passed)).toEqual(bytes)
        expect(passed.every((chunk) => chunk.at(-1) === 10)).toBe(true)
      }),
    )
  })

  test('a line that its process did not end is ended', async () => {
    const through = wholeLines()
    through.end('whole\nbroken o')
    let passed = ''
    for await (const chunk of through as AsyncIterable<Buffer>) passed += chunk.toString()
    expect(passed).toBe('whole\nbroken o\n')
  })
})
