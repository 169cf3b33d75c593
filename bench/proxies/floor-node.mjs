// The least that relays on Node: node:http in front, undici's dispatch behind, and nothing that a proxy has to do.
import { createServer } from 'node:http'
import { Pool } from '@ROOT@node_modules/undici/index.js'
const pool = new Pool('http://127.0.0.1:@ORIGIN@', { connections: 256, pipelining: 1 })
const without = (pairs, names) => pairs.filter((_, i) => !names.test(pairs[i & ~1]))
createServer((request, response) => {
  const body = request.method === 'GET' || request.method === 'HEAD' ? null : request
  pool.dispatch({ path: request.url, method: request.method, headers: without(request.rawHeaders, /^(connection|host)$/i), body }, {
    // A client that goes would leave its connection in the pool, paused for ever.
    onConnect: (abort) => void response.on('close', () => response.writableFinished || abort()),
    onHeaders(status, fields, resume) {
      response.writeHead(status, without(fields.map((bytes) => bytes.toString('latin1')), /^(connection|keep-alive)$/i))
      response.on('drain', resume)
      return true
    },
    onData: (bytes) => response.write(bytes),
    onComplete: () => void response.end(),
    onError: () => void response.destroy(),
  })
}).listen({ port: @PORT@, host: '127.0.0.1', backlog: 4096 })
