// Outages behind the gateway that no client notices: origins in processes of their own, killed, stopped and failing under load.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import { type GatewayProcess, listening } from '../support/runtimes.js'

const ORIGIN = fileURLToPath(new URL('../support/outage-origin.mjs', import.meta.url))

type Upstream = NonNullable<Config['upstreams']>[string]

/** What an operator writes who wants outages hidden: limits of seconds, and retries for what a dead or sick origin does. */
const RESILIENT: Partial<Upstream> = {
  retry: { attempts: 2, on: ['connect-failure', 'reset-before-response', 'timeout', '500', '503'], budgetPercent: 100 },
  timeout: { connect: '1s', headers: '1s' },
  outlier: { ejectFor: '1s' },
  health: { path: '/', interval: '200ms', fastInterval: '100ms', timeout: '300ms', healthyAfter: 1, unhealthyAfter: 2, status: '200' },
}

/** The outages that a runtime's gateway hides. */
export function outagesContract(name: string, launch: (config: Config) => Promise<GatewayProcess>): void {
  describe(`outages behind the gateway on ${name}`, () => {
    const running: GatewayProcess[] = []
    afterEach(async () => {
      await Promise.all(running.splice(0).map((child) => (child.process.kill('SIGCONT'), child.stop('SIGKILL'))))
    })

    const startOrigin = async (label: string, port = 0): Promise<GatewayProcess> => {
      const origin = await listening(spawn(process.execPath, [ORIGIN, label, String(port)], { stdio: ['ignore', 'pipe', 'pipe'] }), /http:\/\/127\.0\.0\.1:(\d+)/)
      running.push(origin)
      return origin
    }

    /** Three origins behind a gateway. */
    const cluster = async (settings: Partial<Upstream> = RESILIENT): Promise<{ gateway: GatewayProcess; origins: GatewayProcess[] }> => {
      const origins = await Promise.all(['a', 'b', 'c'].map((label) => startOrigin(label)))
      const gateway = await launch({ upstreams: { app: { targets: origins.map(({ port }) => `http://127.0.0.1:${port}`), ...settings } }, routes: [{ upstream: 'app' }] })
      running.push(gateway)
      return { gateway, origins }
    }

    test('a killed origin costs no client anything, and is asked again once it is back', async () => {
      const { gateway, origins } = await cluster()
      const load = startLoad(gateway.port)
      await load.answered(300)
      origins[1]!.process.kill('SIGKILL')
      await once(origins[1]!.process, 'exit')
      await load.answered(600)
      await startOrigin('b again', origins[1]!.port)
      await load.saw('b again')
      expect(await load.stop()).toEqual([])
    })

    test('an origin that stops like a machine whose plug was pulled costs no client anything', async () => {
      const { gateway, origins } = await cluster()
      const load = startLoad(gateway.port)
      await load.answered(300)
      origins[0]!.process.kill('SIGSTOP')
      await load.answered(900)
      origins[0]!.process.kill('SIGCONT')
      await load.saw('a')
      expect(await load.stop()).toEqual([])
    })

    test('an origin that fails every request costs no client anything', async () => {
      const { gateway, origins } = await cluster()
      const load = startLoad(gateway.port)
      await load.answered(300)
      await ask(origins[2]!.port, 'POST', '/!500')
      await load.answered(900)
      await ask(origins[2]!.port, 'POST', '/!well')
      await load.saw('c')
      expect(await load.stop()).toEqual([])
    })

    test('an origin that flaps costs no client anything', async () => {
      const { gateway, origins } = await cluster()
      const load = startLoad(gateway.port)
      let origin = origins[1]!
      for (let round = 1; round <= 3; round++) {
        await load.answered(200)
        origin.process.kill('SIGKILL')
        await once(origin.process, 'exit')
        await load.answered(200)
        origin = await startOrigin('b', origins[1]!.port)
      }
      expect(await load.stop()).toEqual([])
    })

    test('a POST reaches no two origins', async () => {
      const { gateway, origins } = await cluster()
      const load = startLoad(gateway.port, 'POST')
      await load.answered(200)
      origins[1]!.process.kill('SIGKILL')
      await load.answered(300)
      await ask(origins[2]!.port, 'POST', '/!500')
      await load.answered(300)
      await load.stop()
      const counts = await Promise.all([origins[0]!, origins[2]!].map(async ({ port }) => JSON.parse((await ask(port, 'GET', '/!posts')).text) as [string, number][]))
      const keys = counts.flat().map(([key]) => key)
      expect(keys.length).toBeGreaterThan(400)
      expect(new Set(keys).size).toBe(keys.length)
      expect(counts.flat().filter(([, times]) => times > 1)).toEqual([])
    })
  })
}

interface Load {
  /** Resolves when so many more have been answered. */
  answered(more: number): Promise<void>
  /** Resolves when an origin of this label has answered from now on. */
  saw(label: string): Promise<void>
  /** What failed, as the client saw it. */
  stop(): Promise<string[]>
}

const CLIENTS = 12

/** Clients that ask one request after another, as fast as they are answered. */
function startLoad(port: number, method = 'GET'): Load {
  const agent = new Agent({ keepAlive: true })
  const failures: string[] = []
  const watchers = new Set<(label: string) => void>()
  let stopped = false
  let asked = 0
  const client = async (): Promise<void> => {
    while (!stopped) {
      const { status, text } = await ask(port, method, `/${++asked}`, agent).catch((error: Error) => ({ status: 0, text: String(error) }))
      if (status !== 200) failures.push(`${status} ${text}`)
      for (const watch of watchers) watch(text)
    }
  }
  const clients = Array.from({ length: CLIENTS }, client)
  const until = (enough: (label: string) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watch = (label: string): void => {
        if (!enough(label)) return
        watchers.delete(watch)
        resolve()
      }
      watchers.add(watch)
    })
  return {
    answered: (more) => until(() => --more <= 0),
    saw: (wanted) => until((label) => label === wanted),
    stop: async () => {
      stopped = true
      await Promise.all(clients)
      agent.destroy()
      return failures
    },
  }
}

function ask(port: number, method: string, path: string, agent?: Agent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, agent, headers: method === 'POST' ? { 'Content-Length': '2' } : {} }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text })).on('error', reject)
    })
    request.on('error', reject)
    request.end(method === 'POST' ? 'ok' : undefined)
  })
}
