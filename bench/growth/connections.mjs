// What a request costs beside connections that lie idle.
import { spawn } from 'node:child_process'
import { openConnections, processorSeconds, rendered, start } from '../contestants.mjs'

export const IDLE_COUNTS = [1, 10, 100, 1000, 10_000]
const ORIGIN = 9500

/** For each proxy a list of points by the number of idle connections: µs for each request of sixteen busy ones. */
export async function measureBesideIdle(commandsFor, names, seconds) {
  await start(['nginx', '-c', rendered('origin.conf', { port: ORIGIN, origin: ORIGIN })], ORIGIN, { core: 1 })
  const commands = commandsFor(ORIGIN)
  const results = []
  for (const [i, name] of names.entries()) {
    const port = ORIGIN + 1 + i
    const { pid } = await start(commands[name](port), port, { core: 0 })
    await load(port, 3)
    const points = []
    const idle = []
    for (const count of IDLE_COUNTS) {
      idle.push(...(await openConnections(port, count - idle.length)))
      const before = processorSeconds(pid)
      const requests = await load(port, seconds)
      points.push({ count, micros: ((processorSeconds(pid) - before) * 1e6) / requests })
    }
    const lost = idle.filter((socket) => socket.destroyed).length
    if (lost > 0) throw new Error(`${name} closed ${lost} of the idle connections`)
    for (const socket of idle) socket.destroy()
    results.push({ name, points })
  }
  return results
}

async function load(port, seconds) {
  const wrk = spawn('taskset', ['-c', '1', 'wrk', '-t1', '-c16', `-d${seconds}s`, `http://127.0.0.1:${port}/small`])
  let output = ''
  for await (const chunk of wrk.stdout) output += chunk
  const requests = Number(/(\d+) requests in/.exec(output)?.[1])
  if (!requests || /Non-2xx/.test(output)) throw new Error(`the load on port ${port} did not go through:\n${output}`)
  return requests
}
