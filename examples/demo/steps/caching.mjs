// A stored answer is reused while it is fresh; the origins are left in peace.
import { setTimeout as pause } from 'node:timers/promises'
import { get, servedInAll } from '../lib/client.mjs'
import { heading, table, verdict } from '../lib/terminal.mjs'

export async function caching({ gateway, origins }) {
  heading(2, 'Caching', ['4 × GET /catalogue, which the origins allow to be kept for 10 seconds.'])
  const before = await servedInAll(origins)
  const answers = []
  for (const waitMs of [0, 0, 1100, 0]) {
    await pause(waitMs)
    const answer = await get(gateway.url, '/catalogue')
    answers.push({ ...answer, asked: (await servedInAll(origins)) - before })
  }
  table(
    ['', 'Cache-Status', 'Age', 'origins asked'],
    answers.map(({ headers, asked }, i) => [`${i + 1}`, headers['cache-status'], headers.age ?? '–', `${asked} ×`]),
  )
  const [first, ...others] = answers
  const stored = first.headers['cache-status'].includes('stored')
  const reused = others.every(({ headers, body, asked }) => headers['cache-status'].includes('; hit') && Number(headers.age) >= 0 && body === first.body && asked === 1)
  return verdict(stored && reused, 'stored once, then served from memory: same body, growing Age, no origin asked')
}
