// A gateway inside a Node program: node:http in front, undici behind. `close()` lets requests in flight end.
// Run it with `ORIGIN=http://localhost:3000 node server.js`.
import { start } from 'fetchgate/node'

const { ORIGIN = 'http://localhost:3000', PORT = '8080' } = process.env

const running = await start({
  listen: { port: Number(PORT) },
  upstreams: { app: { targets: [ORIGIN] } },
  routes: [
    { path: '/assets/*', upstream: 'app', cache: true },
    { path: '/*', upstream: 'app' },
  ],
})

console.log(`listening on ${running.listeners[0].url}`)
process.once('SIGTERM', () => running.close())
