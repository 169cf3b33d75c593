// The gateway of the demo. The demo sets the four variables to the ports that were free.
import { defineConfig } from 'fetchgate'

export default defineConfig({
  listen: { host: '127.0.0.1', port: 8080 },

  upstreams: {
    // An origin that keeps failing gets nothing more. Checks see that it is dead, and when it is back.
    shop: { targets: ['${AMBER}', '${TEAL}', '${VIOLET}'], health: { path: '/count', interval: '500ms', fastInterval: '100ms' } },
    control: { targets: ['${CONTROL}'] },
  },

  // Asked of every request before it is routed.
  filters: [{ deny: { path: ['/.env', '/.git/*', '/internal/*'] } }],

  // The first route that matches serves the request.
  routes: [
    // Kills and restarts origins: only for this machine, and only with a header that pages of other sites cannot send.
    {
      path: '/demo/*',
      headers: { match: { 'x-demo': 'yes' } },
      filters: [{ allow: { ip: ['127.0.0.0/8', '::1/128'] } }],
      upstream: 'control',
      stripPrefix: '/demo',
    },
    { path: '/catalogue', upstream: 'shop', cache: true },
    { path: '/*', upstream: 'shop' },
  ],
})
