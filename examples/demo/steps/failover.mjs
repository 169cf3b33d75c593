// An origin is killed under a steady stream of requests, then started again; nobody may notice.
import { setTimeout as pause } from 'node:timers/promises'
import { get } from '../lib/client.mjs'
import { NAMES } from '../lib/origins.mjs'
import { bold, dim, heading, inColour, print, tile, verdict } from '../lib/terminal.mjs'

const SLICE_MS = 250
const SLICES = 16
const KILL_AT = 4
const START_AT = 10
/** Clients that ask all the time, and how long each rests between two requests. */
const CLIENTS = 12
const REST_MS = 20

export async function failover({ gateway, origins }) {
  const victim = origins[1]
  heading(5, 'Losing an origin', [`${CLIENTS} clients keep asking while ${victim.name} is killed (SIGKILL) and later restarted.`])
  const seen = { slice: emptySlice(), total: 0, failures: [] }
  const stop = new AbortController()
  const clients = Array.from({ length: CLIENTS }, () => askUntil(stop.signal, gateway, seen))
  const retriesBefore = gateway.retries()
  const rows = []
  for (let i = 0; i < SLICES; i++) {
    const note = i === KILL_AT ? `← ${victim.name} killed` : i === START_AT ? `← ${victim.name} started` : ''
    if (i === KILL_AT) await victim.kill()
    if (i === START_AT) await victim.start()
    await pause(SLICE_MS)
    const slice = seen.slice
    seen.slice = emptySlice()
    rows.push(slice)
    print(`${((i * SLICE_MS) / 1000).toFixed(2)} s  ${bar(slice)}  ${bold(note)}`.trimEnd())
  }
  stop.abort()
  await Promise.all(clients)
  await pause(50)
  const retries = gateway.retries() - retriesBefore
  print('', dim(`one letter stands for ${PER_LETTER} answers`), `${inColour(victim.name)} is back with pid ${victim.pid}`)
  print(`${seen.total} requests, ${seen.failures.length} failed; ${retries} attempts were repeated on another origin`)
  for (const failure of seen.failures.slice(0, 5)) print(`  ${failure}`)
  const wasAway = rows[KILL_AT + 2][victim.name] === 0
  const cameBack = rows.at(-1)[victim.name] > 0
  return verdict(seen.failures.length === 0 && wasAway && cameBack && retries > 0, 'an origin died and came back, and no request failed')
}

async function askUntil(stopped, gateway, seen) {
  while (!stopped.aborted) {
    try {
      const { status, body } = await get(gateway.url, '/who')
      if (status === 200) seen.slice[JSON.parse(body).name]++
      else seen.failures.push(`status ${status}: ${body.trim()}`)
    } catch (error) {
      seen.failures.push(String(error))
    }
    seen.total++
    await pause(REST_MS)
  }
}

const PER_LETTER = 4

function bar(slice) {
  return NAMES.map((name) => tile(name, Math.round(slice[name] / PER_LETTER))).join('')
}

function emptySlice() {
  return Object.fromEntries(NAMES.map((name) => [name, 0]))
}
