// A fourth origin, inside the demo's own process: lets the page kill and restart the other three.
import { once } from 'node:events'
import { createServer } from 'node:http'

/** Serves `GET /origins` and `POST /origins/NAME/kill|start` on loopback. */
export async function startControl(origins) {
  const act = async (method, path) => {
    if (method === 'GET' && path === '/origins') return [200, origins.map(({ name, pid, up }) => ({ name, pid, up }))]
    const [, name, action] = /^\/origins\/(\w+)\/(kill|start)$/.exec(path) ?? []
    const origin = origins.find((one) => one.name === name)
    if (method !== 'POST' || !origin) return [404, { error: 'there is no such action' }]
    if (action === 'kill') await origin.kill()
    else if (!origin.up) await origin.start()
    return [200, { name, pid: origin.pid, up: origin.up }]
  }
  const server = createServer(async ({ method, url }, response) => {
    const [status, value] = await act(method, url).catch((error) => [500, { error: error.message }])
    const body = JSON.stringify(value)
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Content-Length': Buffer.byteLength(body) }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
