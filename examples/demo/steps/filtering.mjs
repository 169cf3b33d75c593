// A filter refuses a path however it is spelled, before any origin hears of it.
import { get, servedInAll } from '../lib/client.mjs'
import { dim, heading, print, table, verdict } from '../lib/terminal.mjs'

const SPELLINGS = ['/.env', '/%2Eenv', '/shop/../.env', '//.env', '/internal/users']

export async function filtering({ gateway, origins }) {
  heading(3, 'Filtering', ['Denied are /.env, /.git/* and /internal/*, however they are spelled.'])
  const before = await servedInAll(origins)
  const answers = []
  for (const target of SPELLINGS) answers.push(await get(gateway.url, target))
  const reached = (await servedInAll(origins)) - before
  table(['request', 'status', 'Content-Type'], answers.map(({ status, headers }, i) => [`GET ${SPELLINGS[i]}`, String(status), headers['content-type']]))
  print('', ...JSON.stringify(JSON.parse(answers[0].body), null, 2).split('\n').map(dim))
  const refused = answers.every(({ status, headers }) => status === 403 && headers['content-type'] === 'application/problem+json')
  return verdict(refused && reached === 0, `all refused with a problem document; ${reached === 0 ? 'no' : reached} request reached an origin`)
}
