// http-proxy with connections that are kept, which is not its default.
import { Agent, createServer } from 'node:http'
import { createRequire } from 'node:module'
const proxy = createRequire(import.meta.url)('http-proxy').createProxyServer({ target: 'http://127.0.0.1:@ORIGIN@', agent: new Agent({ keepAlive: true, maxSockets: 256 }), xfwd: true, ws: true })
proxy.on('error', (error, request, response) => response.destroy())
const server = createServer((request, response) => proxy.web(request, response))
server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head))
server.listen({ port: @PORT@, host: '127.0.0.1', backlog: 4096 })
