// An origin in a process of its own, so that it can be killed and stopped. Counts each POST by its key.
// Prints its port. POST /!500 makes it answer 500 from then on, POST /!well makes it well again.
import { createServer } from 'node:http'

const posts = new Map()
let failing = false
const server = createServer((request, response) => {
  if (request.url === '/!500' || request.url === '/!well') {
    failing = request.url === '/!500'
    return response.end()
  }
  if (request.url === '/!posts') return response.end(JSON.stringify([...posts]))
  if (request.method === 'POST') posts.set(request.url, (posts.get(request.url) ?? 0) + 1)
  request.resume().on('end', () => {
    setTimeout(() => {
      response.statusCode = failing ? 500 : 200
      response.end(process.argv[2])
    }, 5)
  })
})
server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`))
