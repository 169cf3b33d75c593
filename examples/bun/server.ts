// A gateway inside a Bun program, on Bun's own server. Run it with `ORIGIN=http://localhost:3000 bun server.ts`.
import { start } from 'fetchgate/bun'

const { ORIGIN = 'http://localhost:3000', PORT = '8080' } = process.env

const running = await start({
  listen: { port: Number(PORT) },
  upstreams: { app: { targets: [ORIGIN] } },
  filters: [{ deny: { path: ['/internal/*'] } }],
  routes: [{ path: '/*', upstream: 'app' }],
})

console.log(`listening on ${running.listeners[0]!.url}`)
process.once('SIGTERM', () => void running.close())
