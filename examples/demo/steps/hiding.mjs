// What an origin says of itself, and what is left of it for the client.
import { get } from '../lib/client.mjs'
import { dim, heading, table, verdict } from '../lib/terminal.mjs'

const FIELDS = ['Location', 'Set-Cookie', 'Server', 'X-Powered-By']

export async function hiding({ gateway, origins }) {
  heading(4, 'Hiding the origin', ['GET /sign-in, asked of an origin directly and then through the gateway.'])
  const direct = await get(`http://127.0.0.1:${origins[0].port}`, '/sign-in')
  const through = await get(gateway.url, '/sign-in')
  const show = (value) => (value === undefined ? dim('gone') : String(value))
  const rows = ({ headers }) => FIELDS.map((name) => [name, show(headers[name.toLowerCase()])])
  table(['asked directly', ''], [...rows(direct), ['', ''], [dim('through the gateway'), ''], ...rows(through)])
  const { location, server, 'x-powered-by': powered, 'set-cookie': [cookie = ''] = [] } = through.headers
  const told = JSON.stringify(through)
  const hidden = server === undefined && powered === undefined && location === `${gateway.url}/account` && cookie.startsWith('session=') && !cookie.includes('Domain')
  const silent = origins.every(({ name, port }) => !told.includes(String(port)) && !told.includes(`${name}.internal`))
  return verdict(hidden && silent, 'no address, port, name or version of an origin is left; the redirect leads to the gateway')
}
