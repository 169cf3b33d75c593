// What a request costs beside connections that lie idle.
import { openConnections, processorSeconds } from '../contestants.mjs'
import { inTurn, load } from './in-turn.mjs'

export const IDLE_COUNTS = [1, 10, 100, 1000, 10_000]
const ORIGIN = 9500
const BUSY = 16

/** For each proxy a list of points by the number of idle connections: µs for each request of sixteen busy ones. */
export function measureBesideIdle(commandsFor, names, seconds) {
  return inTurn(ORIGIN, commandsFor, names, async (port, pid, name) => {
    await load(port, '/small', { connections: BUSY, seconds: 3 })
    const points = []
    const idle = []
    for (const count of IDLE_COUNTS) {
      idle.push(...(await openConnections(port, count - idle.length)))
      const before = processorSeconds(pid)
      const { requests } = await load(port, '/small', { connections: BUSY, seconds })
      points.push({ count, micros: ((processorSeconds(pid) - before) * 1e6) / requests })
    }
    const lost = idle.filter((socket) => socket.destroyed).length
    if (lost > 0) throw new Error(`${name} closed ${lost} of the idle connections`)
    for (const socket of idle) socket.destroy()
    return points
  })
}
