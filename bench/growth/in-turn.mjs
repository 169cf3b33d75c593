// Each proxy alone on a processor in front of one origin, one after another: what the measurements that need sockets have in common.
import { spawn } from 'node:child_process'
import { rendered, start } from '../contestants.mjs'

/** What `measure(port, pid, name)` gives for each proxy, in front of an origin on `origin`. */
export async function inTurn(origin, commandsFor, names, measure) {
  await start(['nginx', '-c', rendered('origin.conf', { port: origin, origin })], origin, { core: 1 })
  const commands = commandsFor(origin)
  const results = []
  for (const [i, name] of names.entries()) {
    const port = origin + 1 + i
    const { pid } = await start(commands[name](port), port, { core: 0 })
    results.push({ name, points: await measure(port, pid, name) })
  }
  return results
}

const UNITS = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** Loads a path for so many seconds. Gives the requests that were answered, and the bytes that came in, of those that were not complete by then as well. */
export async function load(port, path, { connections, seconds }) {
  const wrk = spawn('taskset', ['-c', '1', 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s', `http://127.0.0.1:${port}${path}`])
  let output = ''
  for await (const chunk of wrk.stdout) output += chunk
  const [, requests, read, unit] = /(\d+) requests in .*?, ([\d.]+)(B|KB|MB|GB) read/.exec(output) ?? []
  if (!Number(read) || /Non-2xx/.test(output)) throw new Error(`the load on port ${port} did not go through:\n${output}`)
  return { requests: Number(requests), bytes: Number(read) * UNITS[unit] }
}
