// A gateway inside a Deno program, on Deno's own server. Run it with `ORIGIN=http://localhost:3000 deno run -A server.ts`.
import process from 'node:process'
import { start } from 'fetchgate/deno'

const { ORIGIN = 'http://localhost:3000', PORT = '8080' } = process.env

const running = await start({
  listen: { port: Number(PORT) },
  upstreams: { app: { targets: [ORIGIN] } },
  filters: [{ deny: { path: ['/internal/*'] } }],
  routes: [{ path: '/*', upstream: 'app' }],
})

console.log(`listening on ${running.listeners[0]!.url}`)
process.once('SIGTERM', () => void running.close())
