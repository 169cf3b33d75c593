// A gateway as a Worker: the bundle is the whole deployment. There is no socket to open, so `listen` is left out.
import { start } from 'fetchgate/workers'

export default start({
  upstreams: { app: { targets: ['https://origin.example.com'] } },
  filters: [{ deny: { path: ['/internal/*'] } }],
  routes: [
    { path: '/old/*', redirect: { to: '/new' } },
    { path: '/*', upstream: 'app', headers: { response: { set: { 'X-Frame-Options': 'DENY' } } } },
  ],
})
