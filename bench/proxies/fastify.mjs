import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'
const app = Fastify({ logger: false, keepAliveTimeout: 75_000 })
app.register(httpProxy, { upstream: 'http://127.0.0.1:@ORIGIN@', undici: { connections: 256, pipelining: 1 } })
app.listen({ port: @PORT@, host: '127.0.0.1', backlog: 4096 })
