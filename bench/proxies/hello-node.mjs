// A server that relays nothing: what the runtime's own HTTP costs.
import { createServer } from 'node:http'
createServer((_, response) => response.writeHead(200, { 'Content-Type': 'text/plain' }).end('hello, world\n')).listen({ port: @PORT@, host: '127.0.0.1', backlog: 4096 })
