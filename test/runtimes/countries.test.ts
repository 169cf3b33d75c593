// The database of countries, as the command line packs its reader, on the runtimes that read files.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { databaseOf } from '../support/mmdb.js'
import { ask, head } from '../support/raw-client.js'
import { serveOn } from '../support/runtimes.js'

test.each(['node lowest', 'bun', 'deno'] as const)('on %s it tells where a client is from', async (runtime) => {
  const folder = await mkdtemp(join(tmpdir(), 'fetchgate-geo-'))
  const file = join(folder, 'countries.mmdb')
  await writeFile(file, databaseOf({ '192.0.2.0/24': { country: { iso_code: 'DE' } } }))
  const gateway = await serveOn(runtime, { trustedProxies: ['127.0.0.0/8'], geo: { file }, filters: [{ deny: { country: ['DE'] } }], routes: [{ respond: { status: 200 } }] })
  const statusFor = async (client: string): Promise<number> => (await ask(gateway.port, head('GET /', `X-Forwarded-For: ${client}`))).status
  expect([await statusFor('192.0.2.1'), await statusFor('192.0.3.1')]).toEqual([403, 200])
  await gateway.stop()
  await rm(folder, { recursive: true })
})
