// A server of WebSockets that sends each message back; tells its port on stdout.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
const server = createServer()
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log(server.address().port))
