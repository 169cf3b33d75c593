// What a body costs as it grows: processor time for each MiB that passes through, and the most memory that the proxy held meanwhile.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, processorSeconds, tree } from '../contestants.mjs'
import { inTurn, load } from './in-turn.mjs'

const MIB = 1024 ** 2
export const BODY_SIZES = [1024, 32 * 1024, MIB, 32 * MIB, 1024 * MIB]
const ORIGIN = 9400

/** For each proxy a list of points by size: µs for each MiB and MB of memory at most. */
export async function measureBodies(commandsFor, names, seconds) {
  const files = join(folder, 'files')
  mkdirSync(files, { recursive: true })
  for (const size of BODY_SIZES) {
    writeFileSync(join(files, String(size)), '')
    truncateSync(join(files, String(size)), size)
  }
  return inTurn(ORIGIN, commandsFor, names, async (port, pid) => {
    const points = []
    for (const size of BODY_SIZES) {
      await prove(port, size)
      await passed(port, size, points.length === 0 ? 4 : 1)
      for (const each of tree(pid)) writeFileSync(`/proc/${each}/clear_refs`, '5')
      const before = processorSeconds(pid)
      const bytes = await passed(port, size, seconds)
      points.push({ size, micros: ((processorSeconds(pid) - before) * 1e6) / (bytes / MIB), peakMB: peakBytes(pid) / 1e6 })
    }
    return points
  })
}

/** The body must come through whole before anything is measured. */
async function prove(port, size) {
  const [given, wanted] = await Promise.all([port, ORIGIN].map(async (from) => {
    const hash = createHash('sha256')
    for await (const bytes of (await fetch(`http://127.0.0.1:${from}/${size}`)).body) hash.update(bytes)
    return hash.digest('hex')
  }))
  if (given !== wanted) throw new Error(`a body of ${size} bytes does not come through port ${port} whole`)
}

/** Bytes of bodies that came in so many seconds; of those that were not complete by then as well, where they are large. */
async function passed(port, size, seconds) {
  const { requests, bytes } = await load(port, `/${size}`, { connections: size < MIB ? 16 : size < 32 * MIB ? 4 : 1, seconds })
  return size < 32 * MIB ? requests * size : bytes
}

function peakBytes(pid) {
  return tree(pid).reduce((sum, each) => sum + Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${each}/status`, 'utf8'))[1]) * 1024, 0)
}
