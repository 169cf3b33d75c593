import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openGeo } from '../../../runtimes/shared/geo.js'
import { databaseOf } from '../../support/mmdb.js'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'fetchgate-geo-'))))
afterAll(() => rm(folder, { recursive: true }))

test('countries are found in databases of several makers, by IPv4 and IPv6', async () => {
  const file = join(folder, 'countries.mmdb')
  await writeFile(file, databaseOf({
    '192.0.2.0/24': { country: { iso_code: 'DE' }, registered_country: { iso_code: 'US' } },
    '198.51.100.0/24': { country: 'FR' },
    '203.0.113.0/24': { country: 'Austria', country_code: 'AT' },
    '2001:db8::/32': { country: { iso_code: 'CH' } },
    '2001:db9::/32': { continent: 'EU' },
  }))
  const { countryOf } = await openGeo({ geo: { file } })
  expect(['192.0.2.7', '::ffff:192.0.2.7', '198.51.100.7', '203.0.113.7', '2001:db8::7', '2001:db9::7', '192.0.3.1', 'fe80::1%eth0', 'unknown'].map(countryOf!)).toEqual(['DE', 'DE', 'FR', 'AT', 'CH', undefined, undefined, undefined, undefined])
})

test('what is no database is told by name, and none is no fault', async () => {
  const file = join(folder, 'text')
  await writeFile(file, 'no database')
  for (const wrong of [file, join(folder, 'absent')]) await expect(openGeo({ geo: { file: wrong } })).rejects.toThrow('geo.file')
  expect(await openGeo({})).toEqual({})
})
