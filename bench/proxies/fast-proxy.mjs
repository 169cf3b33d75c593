import { createServer } from 'node:http'
import fastProxy from 'fast-proxy'
const { proxy } = fastProxy({ base: 'http://127.0.0.1:@ORIGIN@', undici: { connections: 256, pipelining: 1 } })
createServer((request, response) => proxy(request, response, request.url, {})).listen({ port: @PORT@, host: '127.0.0.1', backlog: 4096 })
