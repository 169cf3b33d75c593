// httpxy with connections that are kept.
import { Agent, createServer } from 'node:http'
import { createProxyServer } from 'httpxy'
const proxy = createProxyServer({ target: 'http://127.0.0.1:@ORIGIN@', agent: new Agent({ keepAlive: true, maxSockets: 256 }), xfwd: true })
createServer((request, response) => proxy.web(request, response).catch(() => response.destroy())).listen({ port: @PORT@, host: '127.0.0.1', backlog: 4096 })
