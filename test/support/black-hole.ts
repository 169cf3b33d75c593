// A server that nobody can connect to: its queue of connections is full and nothing takes any out of it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface BlackHole {
  readonly url: string
  close(): Promise<void>
}

/** Listens with the shortest queue and then stops for good, so that nothing is accepted. */
const PROGRAM = `
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: process.argv[1], backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port) + '\\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

/** More than a queue of one holds, with what the system adds to it. */
const FILLERS = 8

/** Starts the server at an address of this machine, and fills its queue. */
export async function startBlackHole(host = '127.0.0.1'): Promise<BlackHole> {
  const child = spawn(process.execPath, ['-e', PROGRAM, host], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(line.toString())
  const fillers: Socket[] = []
  // The queue is full once a connection stays unanswered: the first that has not connected after a quarter of a second.
  while (fillers.length < FILLERS) {
    const filler = connect(port, host).on('error', () => {})
    fillers.push(filler)
    const connected = await Promise.race([once(filler, 'connect').then(() => true), new Promise<false>((resolve) => setTimeout(() => resolve(false), 250))])
    if (!connected) break
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async () => {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
