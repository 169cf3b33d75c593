// One origin: a small web server that knows its name. Run by the demo as `node origin.mjs NAME PORT`.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [name, port] = process.argv.slice(2)
const PAGE = readFileSync(new URL('page.html', import.meta.url))
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"

/** How many requests this process has answered, those for /count aside. */
let served = 0

const answers = {
  '/': () => [200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache', 'Content-Security-Policy': PAGE_POLICY }, PAGE],
  '/who': () => json({ name, pid: process.pid }, 'no-store'),
  // Fresh for ten seconds to any shared cache.
  '/catalogue': () => json({ renderedBy: name, renderedAt: new Date().toISOString(), items: ['lamp', 'chair', 'table'] }, 'public, max-age=10'),
  // Everything an origin should not tell the world.
  '/sign-in': () => [302, {
    Location: `http://127.0.0.1:${server.address().port}/account`,
    'Set-Cookie': `session=4711; Domain=${name}.internal; Path=/; HttpOnly`,
    Server: `${name}-httpd/2.4.1 (Linux)`,
    'X-Powered-By': 'ShopEngine 5.0.3',
    'Content-Length': 0,
  }, ''],
}

const server = createServer((request, response) => {
  if (request.url === '/count') return send(response, json({ served }, 'no-store'))
  served++
  const [path] = request.url.split('?')
  send(response, answers[path]?.() ?? [404, { 'Content-Type': 'text/plain' }, `${name} has no ${path}\n`])
})

function json(value, cacheControl) {
  return [200, { 'Content-Type': 'application/json', 'Cache-Control': cacheControl }, `${JSON.stringify(value)}\n`]
}

function send(response, [status, headers, body]) {
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers }).end(body)
}

server.listen(Number(port), '127.0.0.1', () => process.send?.({ port: server.address().port }))
