// What a body costs as it grows: processor time for each MiB that passes through, and the most memory that the proxy held meanwhile.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, processorSeconds, rendered, start, tree } from '../contestants.mjs'

const MIB = 1024 ** 2
export const BODY_SIZES = [1024, 32 * 1024, MIB, 32 * MIB, 1024 * MIB]
const ORIGIN = 9400
const UNITS = { B: 1, KB: 1024, MB: MIB, GB: 1024 * MIB }

/** For each proxy a list of points by size: µs for each MiB and MB of memory at most. */
export async function measureBodies(commandsFor, names, seconds) {
  const files = join(folder, 'files')
  mkdirSync(files, { recursive: true })
  for (const size of BODY_SIZES) {
    writeFileSync(join(files, String(size)), '')
    truncateSync(join(files, String(size)), size)
  }
  await start(['nginx', '-c', rendered('origin.conf', { port: ORIGIN, origin: ORIGIN })], ORIGIN, { core: 1 })
  const commands = commandsFor(ORIGIN)
  const results = []
  for (const [i, name] of names.entries()) {
    const port = ORIGIN + 1 + i
    const { pid } = await start(commands[name](port), port, { core: 0 })
    const points = []
    for (const size of BODY_SIZES) {
      await prove(port, size)
      await load(port, size, points.length === 0 ? 4 : 1)
      for (const each of tree(pid)) writeFileSync(`/proc/${each}/clear_refs`, '5')
      const before = processorSeconds(pid)
      const bytes = await load(port, size, seconds)
      points.push({ size, micros: ((processorSeconds(pid) - before) * 1e6) / (bytes / MIB), peakMB: peakBytes(pid) / 1e6 })
    }
    results.push({ name, points })
  }
  return results
}

/** The body must come through whole before anything is measured. */
async function prove(port, size) {
  const [passed, wanted] = await Promise.all([port, ORIGIN].map(async (from) => {
    const hash = createHash('sha256')
    for await (const bytes of (await fetch(`http://127.0.0.1:${from}/${size}`)).body) hash.update(bytes)
    return hash.digest('hex')
  }))
  if (passed !== wanted) throw new Error(`a body of ${size} bytes does not come through port ${port} whole`)
}

/** Bytes of bodies that came in so many seconds; of those that were not complete by then as well, where they are large. */
async function load(port, size, seconds) {
  const connections = size < MIB ? 16 : size < 32 * MIB ? 4 : 1
  const wrk = spawn('taskset', ['-c', '1', 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s', `http://127.0.0.1:${port}/${size}`])
  let output = ''
  for await (const chunk of wrk.stdout) output += chunk
  const [, requests, read, unit] = /(\d+) requests in .*?, ([\d.]+)(B|KB|MB|GB) read/.exec(output) ?? []
  if (read === undefined || /Non-2xx/.test(output)) throw new Error(`the load on port ${port} did not go through:\n${output}`)
  return size < 32 * MIB ? Number(requests) * size : Number(read) * UNITS[unit]
}

function peakBytes(pid) {
  return tree(pid).reduce((sum, each) => sum + Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${each}/status`, 'utf8'))[1]) * 1024, 0)
}
