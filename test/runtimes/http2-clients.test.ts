// HTTP/2 as programs of others speak it: nghttp and h2load of nghttp2.
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Issued, TestAuthority } from '../support/authority.js'
import { serveOn } from '../support/runtimes.js'

const HAS_NGHTTP = spawnSync('nghttp', ['--version']).status === 0 && spawnSync('h2load', ['--version']).status === 0
if (!HAS_NGHTTP) process.stderr.write('no nghttp and h2load on this machine (Debian: nghttp2-client): HTTP/2 is not tested with them\n')

test.runIf(process.env['CI'])('there are nghttp and h2load to test with', () => expect(HAS_NGHTTP).toBe(true))

const run = promisify(execFile)

describe.skipIf(!HAS_NGHTTP)('clients of nghttp2', () => {
  let authority: TestAuthority
  let issued: Issued
  beforeAll(() => {
    authority = new TestAuthority()
    issued = authority.issue('main', ['DNS:main.test'])
  })
  afterAll(() => authority.close())

  test.each(['node lowest', 'node newest', 'deno'] as const)('are answered on %s', async (runtime) => {
    const gateway = await serveOn(runtime, { listen: { tls: { cert: issued.cert, key: issued.key } }, routes: [{ respond: { status: 200, body: 'served by HTTP/2' } }] })
    const url = `https://127.0.0.1:${gateway.port}/`
    const { stdout: frames } = await run('nghttp', ['--no-verify-peer', '-v', '-H', ':authority: main.test', url])
    expect(frames).toMatch(/The negotiated protocol: h2/)
    expect(frames).toMatch(/:status: 200/)
    expect(frames).toContain('served by HTTP/2')
    const { stdout: load } = await run('h2load', ['-n', '400', '-c', '4', '-m', '20', url])
    expect(load).toMatch(/400 succeeded, 0 failed, 0 errored/)
    expect(load).toMatch(/status codes: 400 2xx/)
    expect(await gateway.stop()).toBe(0)
  })
})
