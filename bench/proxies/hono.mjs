import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
const app = new Hono()
app.all('*', ({ req }) => {
  const { pathname, search } = new URL(req.url)
  return proxy(`http://127.0.0.1:@ORIGIN@${pathname}${search}`, { raw: req.raw })
})
serve({ fetch: app.fetch, port: @PORT@, hostname: '127.0.0.1' })
