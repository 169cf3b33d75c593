// Who answers when everybody asks at the one address.
import { get } from '../lib/client.mjs'
import { NAMES } from '../lib/origins.mjs'
import { heading, inColour, print, table, tile, verdict } from '../lib/terminal.mjs'

const REQUESTS = 24

export async function balancing({ gateway, origins }) {
  heading(1, 'Balancing', [`${REQUESTS} × GET /who at the gateway; three origins take turns.`])
  const answered = []
  for (let i = 0; i < REQUESTS; i++) answered.push(JSON.parse((await get(gateway.url, '/who')).body).name)
  print(answered.map((name) => tile(name)).join(' '), '')
  const counts = NAMES.map((name) => answered.filter((one) => one === name).length)
  table(['origin', 'pid', 'answered'], origins.map(({ name, pid }, i) => [inColour(name), String(pid), `${String(counts[i]).padStart(2)}  ${tile(name, counts[i])}`]))
  return verdict(counts.every((count) => count === REQUESTS / NAMES.length), `each origin answered ${REQUESTS / NAMES.length} of ${REQUESTS}`)
}
