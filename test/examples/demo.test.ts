// The demo checks itself: it exits with 0 only when every step showed what it says.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const DEMO = join(fileURLToPath(new URL('../../', import.meta.url)), 'examples/demo/demo.mjs')
const STEPS = ['Balancing', 'Caching', 'Filtering', 'Hiding the origin', 'Losing an origin']

test('npm start shows what it says, and leaves no process behind', async () => {
  const { code, output } = await run(['--once'], { PORT: '0' })
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
  expect(STEPS.filter((step) => !output.includes(step))).toEqual([])
  expect(output.match(/✓/g)).toHaveLength(STEPS.length)
  expect(pidsIn(output).filter(isAlive)).toEqual([])
})

test('it says so and takes a free port when the one it wants is taken, and a signal ends everything', async () => {
  const holder = createServer()
  holder.listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  const { output } = await run([], { PORT: String(port), CI: '' }, (text) => text.includes('Losing an origin'))
  holder.close()
  expect(output).toContain(`Port ${port} is taken`)
  expect(pidsIn(output)).toHaveLength(4)
  expect(pidsIn(output).filter(isAlive)).toEqual([])
})

/** Runs the demo to its end, or until `enough` holds of its output, when it is interrupted as by Ctrl-C. */
async function run(args: string[], environment: Record<string, string>, enough: (output: string) => boolean = () => false): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [DEMO, ...args], { env: { ...process.env, NO_COLOR: '1', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (enough(output)) child.kill('SIGINT')
    })
  }
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, output }
}

/** The processes that the table at the top of the output tells of. */
function pidsIn(output: string): number[] {
  return [...output.matchAll(/^ {2}(?:gateway|amber|teal|violet) +(\d+) +http/gm)].map(([, pid]) => Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
