// A gateway inside a Hono app: some paths are the app's own, the rest goes upstream. It runs wherever Hono does;
// on Node, undici as the transport carries answers in the bytes that came. Run it with `node server.js`.
import { Hono } from 'hono'
import { serve } from 'srvx'
import { createGateway } from 'fetchgate'
import { createUndiciTransport } from 'fetchgate/node'

const { ORIGIN = 'http://localhost:3000', PORT = '8080' } = process.env

const gateway = createGateway(
  {
    upstreams: { shop: { targets: [ORIGIN] } },
    routes: [{ path: '/shop/*', upstream: 'shop', stripPrefix: '/shop', cache: true }],
  },
  { transport: createUndiciTransport() },
)

const app = new Hono()
app.get('/hello', (c) => c.text('hello from Hono'))
app.all('/shop/*', (c) => gateway.fetch(c.req.raw))

const server = serve({ port: Number(PORT), fetch: app.fetch, silent: true })
await server.ready()
console.log(`listening on ${server.url}`)
