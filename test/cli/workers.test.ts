// serve --workers on each runtime: who answers, who is replaced, and what signals do to all of them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, head, RawConnection, values } from '../support/raw-client.js'
import { answerText, type RawOrigin, type SeenRequest, startRawOrigin } from '../support/raw-origin.js'
import { CLI, type GatewayProcess, listening, type RuntimeName, RUNTIMES } from '../support/runtimes.js'

let folder: string
let origin: RawOrigin
const held: SeenRequest[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetchgate-workers-'))
  origin = await startRawOrigin((request) => void held.push(request))
})

afterAll(async () => {
  await origin.close()
  await rm(folder, { recursive: true })
})

describe.each(['node lowest', 'node newest', 'bun', 'deno'] as const satisfies readonly RuntimeName[])('%s with two workers', (runtime) => {
  const file = (): string => join(folder, `${runtime}.json`)
  const log = (): string => join(folder, `${runtime}.log`)
  const configure = (body: string, more: object = {}): Promise<void> =>
    writeFile(file(), JSON.stringify({
      accessLog: { to: log() },
      upstreams: { app: { targets: [origin.url] } },
      routes: [{ path: '/held', upstream: 'app' }, { path: '/*', respond: { body, headers: { 'X-Worker': '${FETCHGATE_WORKER}' } } }],
      ...more,
    }))
  const start = (port: number) => {
    const [command, ...args] = RUNTIMES[runtime]
    return spawn(command, [...args, CLI, 'serve', '--config', file(), '--host', '127.0.0.1', '--port', String(port), '--workers', '2'], { stdio: ['ignore', 'pipe', 'pipe'] })
  }
  const said = async (gateway: GatewayProcess, text: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = text.exec(gateway.output())
      if (match) return match
      await Promise.race([once(gateway.process.stdout!, 'data'), once(gateway.process.stderr!, 'data')])
    }
  }
  /** Asks until each of two workers has answered; what they said, by their numbers. */
  const bodies = async (port: number): Promise<Record<string, string>> => {
    const found: Record<string, string> = {}
    while (Object.keys(found).length < 2) {
      const answer = await ask(port, head('GET /'))
      found[values(answer, 'x-worker')[0]!] = answer.body.toString()
    }
    return found
  }

  test('shares the load, replaces one that is killed, reloads and ends both', async () => {
    await configure('first')
    const gateway = await listening(start(0), /^ {2}http:\/\/127\.0\.0\.1:(\d+)\b.*\n/m)
    const { port } = gateway
    expect(await bodies(port)).toEqual({ 1: 'first', 2: 'first' })
    expect(gateway.output().match(/listening on/g)).toHaveLength(1)

    await configure('second')
    gateway.process.kill('SIGHUP')
    await said(gateway, /^reloaded/m)
    expect(await bodies(port)).toEqual({ 1: 'second', 2: 'second' })
    expect(gateway.output().match(/^reloaded/gm)).toHaveLength(1)
    await configure('third', { routes: [{}] })
    gateway.process.kill('SIGHUP')
    await said(gateway, /not reloaded: /)
    expect(await bodies(port)).toEqual({ 1: 'second', 2: 'second' })

    await configure('third')
    let loading = true
    let answered = 0
    const load = async (): Promise<string[]> => {
      const failedAfterwards: string[] = []
      while (loading) {
        const told = gateway.output().includes('another takes its place')
        await ask(port, head('GET /')).then(() => answered++, (error: Error) => told && failedAfterwards.push(error.message))
      }
      return failedAfterwards
    }
    const loads = [load(), load(), load(), load()]
    process.kill(workerOf(gateway, 2), 'SIGKILL')
    await said(gateway, /worker 2 was ended by SIGKILL; another takes its place/)
    const before = answered
    // The one in its place reads the file as it is by now.
    while ((await bodies(port))['2'] !== 'third');
    loading = false
    expect((await Promise.all(loads)).flat()).toEqual([])
    expect(answered).toBeGreaterThan(before)

    // A log that is moved away goes on in a new file for both.
    await rename(log(), `${log()}.1`)
    gateway.process.kill('SIGUSR2')
    while (!(await readFile(log(), 'utf8').catch(() => '')).includes('/moved')) {
      await ask(port, head('GET /moved'))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }

    held.length = 0
    const connections: RawConnection[] = []
    while (held.length < 8) {
      const reached = origin.next()
      connections.push((await RawConnection.open(port)).send(head('GET /held')))
      await reached
    }
    const exited = once(gateway.process, 'exit')
    gateway.process.kill('SIGTERM')
    await said(gateway, /stopping: /)
    // What is under way ends well, whichever worker has it.
    for (const { socket } of held) socket.write(answerText('200 OK', ['Connection: close'], 'whole'))
    expect((await Promise.all(connections.map((connection) => connection.answer()))).map(({ status, body }) => [status, body.toString()])).toEqual(Array.from({ length: 8 }, () => [200, 'whole']))
    for (const connection of connections) connection.close()
    expect(await exited).toEqual([0, null])
    await expect(ask(port, head('GET /'))).rejects.toThrow('ECONNREFUSED')
    const lines = `${await readFile(`${log()}.1`, 'utf8')}${await readFile(log(), 'utf8')}`.trimEnd().split('\n')
    expect(lines.filter((line) => !line.startsWith('{"time"') || !line.endsWith('}'))).toEqual([])
  })

  test('says that a port is taken, by workers of another gateway too, and ends with 1', async () => {
    await configure('first')
    const gateway = await listening(start(0), /^ {2}http:\/\/127\.0\.0\.1:(\d+)\b.*\n/m)
    await expect(listening(start(gateway.port), /listening/)).rejects.toThrow(new RegExp(`it ended with 1 before it listened:\\nfetchgate: cannot listen on 127\\.0\\.0\\.1:${gateway.port}: the port is in use\\n`))
    expect(await gateway.stop('SIGINT')).toBe(0)
  })
})

/** The process of a worker, found by the number in its environment. */
function workerOf(gateway: GatewayProcess, number: number): number {
  const pids = [gateway.process.pid!]
  for (const pid of pids) for (const task of readdirSync(`/proc/${pid}/task`)) pids.push(...readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number))
  const found = pids.find((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`FETCHGATE_WORKER=${number}\0`))
  if (found === undefined) throw new Error(`there is no worker ${number}`)
  return found
}
