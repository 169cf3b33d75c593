// What the cases of a contract work at: an origin whose answers they decide, and a gateway before it in a process of its own.
import { afterAll, beforeAll, describe, test, type TestContext } from 'vitest'
import type { Config } from '../../src/index.js'
import { answerText, type RawOrigin, type Responder, type SeenRequest, startRawOrigin } from '../support/raw-origin.js'
import type { GatewayProcess } from '../support/runtimes.js'

/** What a case works with. */
export interface Bench {
  readonly port: number
  readonly gateway: GatewayProcess
  readonly origin: RawOrigin
  /** Lets the origin answer requests for a path, or for all below one that ends in a slash; the path is free for the case alone. */
  on(path: string, respond: Responder): void
  /** The requests that reached the origin for a path. */
  seen(path: string): SeenRequest[]
  /** Starts another gateway, stopped after the suite. */
  launch(config: Config): Promise<GatewayProcess>
}

export type Case = (bench: Bench, context: TestContext) => Promise<void>
export type Launch = (config: Config) => Promise<GatewayProcess>
/** Cases that a runtime cannot pass, each with the reason, which is part of the case's name in the report. */
export type Skips<Title extends string> = Partial<Record<Title, string>>

export const OK = (request: SeenRequest): void => void request.socket.write(answerText('200 OK', ['Content-Type: text/plain'], 'ok'))
export const names = ({ fields }: SeenRequest): string[] => fields.map(([name]) => name.toLowerCase())
export const value = ({ fields }: SeenRequest, wanted: string): string | undefined => {
  const found = fields.filter(([name]) => name.toLowerCase() === wanted).map(([, text]) => text)
  return found.length === 0 ? undefined : found.join(', ')
}

/** Runs the cases on one gateway and one origin, which are started before the first. */
export function runCases<Title extends string>(name: string, launch: Launch, cases: Readonly<Record<Title, Case>>, skip: Skips<Title>, config: (origin: RawOrigin) => Config): void {
  describe(name, () => {
    const responders = new Map<string, Responder>()
    const gateways: GatewayProcess[] = []
    const launched = async (config: Config): Promise<GatewayProcess> => {
      const gateway = await launch(config)
      gateways.push(gateway)
      return gateway
    }
    let bench: Bench

    beforeAll(async () => {
      const pathOf = ({ target }: SeenRequest): string => target.split('?', 1)[0]!
      const fits = (request: SeenRequest, path: string): boolean => (path.endsWith('/') ? pathOf(request).startsWith(path) : pathOf(request) === path)
      const origin = await startRawOrigin((request) => {
        const found = [...responders].find(([path]) => fits(request, path))
        return found ? found[1](request) : void request.socket.write(answerText('404 Not Found', [], ''))
      })
      const gateway = await launched(config(origin))
      bench = {
        port: gateway.port,
        gateway,
        origin,
        on: (path, respond) => void responders.set(path, respond),
        seen: (path) => origin.seen.filter((request) => fits(request, path)),
        launch: launched,
      }
    })

    afterAll(async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop('SIGKILL')))
      await bench.origin.close()
    })

    for (const [title, run] of Object.entries<Case>(cases)) {
      const reason = skip[title as Title]
      if (reason === undefined) test(title, (context) => run(bench, context))
      else test.skip(`${title} (${name}: ${reason})`, () => {})
    }
  })
}
