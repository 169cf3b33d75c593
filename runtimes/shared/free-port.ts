// Whether a port is free, which joining others on it would not tell.
import { createServer } from 'node:net'

/** The port, or one of the system's choice for 0, found by listening alone on it for a moment. Rejects with node's error where somebody else does. */
export function freePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({ host, port, exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}
