// The configuration under test, as an application would have it.
import { defineConfig } from 'fetchgate'

export const config = defineConfig({
  upstreams: { app: { targets: ['http://10.0.0.1:3000', 'http://10.0.0.2:3000'] } },
  filters: [{ deny: { path: ['/internal/*'] } }],
  routes: [
    { path: '/old/*', redirect: { to: '/new' } },
    { path: '/*', upstream: 'app', stripPrefix: '/api', cache: true },
  ],
})
