// A client that keeps connections and shows answers as they came. The target goes out as it is written, dot segments and all.
import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true })

/** Sends a GET; resolves with the whole answer, rejects when there is none or it breaks off. */
export function get(base, target, headers = {}) {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, hostname, port, path: target, headers }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** The requests that all origins have answered so far, asked of each directly. */
export async function servedInAll(origins) {
  const counts = await Promise.all(origins.map(async ({ port }) => JSON.parse((await get(`http://127.0.0.1:${port}`, '/count')).body).served))
  return counts.reduce((sum, count) => sum + count, 0)
}
