// The filter waf on real sockets: rule files are read, requests refused, audits written, and a reload takes what has changed.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveOn } from '../support/runtimes.js'

describe.each(['node lowest', 'node newest', 'bun', 'deno'] as const)('on %s', (runtime) => {
  let folder: string
  const origin = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => response.end(Buffer.concat(pieces)))
  })
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fetchgate-waf-'))
    await writeFile(join(folder, '1.conf'), 'SecRule ARGS "@pmFromFile words.data" "id:1,phase:2,deny,msg:\'Word\'"\nSecRule ARGS "@rx (?i)^\\s*drop\\b" "id:2,phase:2,deny"')
    await writeFile(join(folder, '2.conf'), 'SecRule ARGS "@detectSQLi" "id:3,phase:2,deny"\nSecRule REQUEST_HEADERS:X-Bytes "@streq \xe9" "id:4,phase:1,deny"', 'latin1')
    await writeFile(join(folder, 'words.data'), '# words\nforbidden\n')
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    origin.close()
    await rm(folder, { recursive: true })
  })

  test('requests are refused by what is in them, and others pass with their bodies', async () => {
    const audit = join(folder, 'audit.jsonl')
    const gateway = await serveOn(runtime, {
      upstreams: { app: { targets: [`http://127.0.0.1:${(origin.address() as AddressInfo).port}`] } },
      filters: [{ waf: { rules: [join(folder, '*.conf')], audit } }],
      routes: [{ upstream: 'app' }],
    })
    const url = `http://127.0.0.1:${gateway.port}`
    const post = (body: string) => fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body })
    const statuses = await Promise.all([
      fetch(`${url}/?a=ForBidden`), fetch(`${url}/?a=%20DROP`), fetch(`${url}/?a=1'+or+'1'='1`), post('a=forbidden'), fetch(url, { headers: { 'X-Bytes': '\xe9' } }), fetch(`${url}/?a=fine`),
    ].map(async (answer) => (await answer).status))
    expect(statuses).toEqual([403, 403, 403, 403, 403, 200])
    const body = `a=${'x'.repeat(300_000)}`
    expect(await (await post(body)).text()).toBe(body)
    await gateway.stop()
    const lines = (await readFile(audit, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as { rules: number[] })
    expect(lines.map(({ rules }) => rules.join()).sort()).toEqual(['', '', '1', '1', '2', '3', '4'])
  })

  test('a fault in a rule file is told with its line, and nothing is served', async () => {
    await writeFile(join(folder, 'bad'), '\nSecRule ARGS "@rx (a" "id:1"')
    await expect(serveOn(runtime, { filters: [{ waf: { rules: [join(folder, 'bad')] } }], routes: [{ respond: { status: 204 } }] })).rejects.toThrow(/bad:2: the regular expression has a \( that is not closed/)
  })
})
