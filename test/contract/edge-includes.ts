// Edge includes: pages are put together by the gateway, piece by piece, from fragments that go through the gateway themselves.
import { expect } from 'vitest'
import { head, RawConnection, values } from '../support/raw-client.js'
import { answerText, type Responder } from '../support/raw-origin.js'
import { type Case, type Launch, runCases, type Skips } from './bench.js'

const page = (body: string, ...fields: string[]): Responder => ({ socket }) => void socket.write(answerText('200 OK', ['Content-Type: text/html', ...fields], body))

const CASES = {
  'fragments stand in their places, from the cache where they are stored, and a failed one as the page says': async (bench) => {
    bench.on('/page', page('<p><esi:include src="/fragments/a"/>|<esi:include src="/fragments/gone" onerror="continue"/>|<esi:try><esi:attempt><esi:include src="/fragments/gone"/></esi:attempt><esi:except>instead</esi:except></esi:try></p><esi:remove>no</esi:remove>'))
    bench.on('/fragments/a', page('A', 'Cache-Control: max-age=60'))
    bench.on('/fragments/gone', ({ socket }) => void socket.write(answerText('404 Not Found', [], '')))
    for (let time = 0; time < 2; time++) {
      const connection = await RawConnection.open(bench.port)
      const answer = await connection.send(head('GET /page')).answer()
      expect([answer.status, answer.body.toString(), answer.end, values(answer, 'content-length')]).toEqual([200, '<p>A||instead</p>', 'complete', []])
      connection.close()
    }
    expect(bench.seen('/fragments/a')).toHaveLength(1)
  },

  'what stands before a fragment does not wait for it': async (bench) => {
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    bench.on('/slow-page', page('<p>first</p><esi:include src="/fragments/slow"/>'))
    bench.on('/fragments/slow', ({ socket }) => void held.then(() => socket.write(answerText('200 OK', ['Content-Type: text/html'], 'last'))))
    const connection = await RawConnection.open(bench.port)
    connection.send(head('GET /slow-page'))
    await connection.until('<p>first</p>')
    release()
    expect((await connection.answer()).body.toString()).toBe('<p>first</p>last')
    connection.close()
  },

  'a page that cannot be made whole is broken off, and no other host is asked': async (bench) => {
    bench.on('/broken', page('<p><esi:include src="/fragments/none"/></p>'))
    bench.on('/elsewhere', page('<esi:include src="http://127.0.0.1:1/x" onerror="continue"/>still here'))
    const connection = await RawConnection.open(bench.port)
    const broken = connection.send(head('GET /broken')).answer()
    expect((await broken).end).not.toBe('complete')
    const other = await RawConnection.open(bench.port)
    expect((await other.send(head('GET /elsewhere')).answer()).body.toString()).toBe('still here')
    other.close()
  },
} satisfies Record<string, Case>

/** `skips` names what this runtime cannot do. */
export function edgeIncludesContract(name: string, launch: Launch, skips: Skips<keyof typeof CASES> = {}): void {
  runCases(`edge includes on ${name}`, launch, CASES, skips, (origin) => ({
    upstreams: { app: { targets: [`http://127.0.0.1:${origin.port}`] } },
    routes: [{ path: '/fragments/*', upstream: 'app', cache: true }, { path: '/*', upstream: 'app', esi: true }],
  }))
}
