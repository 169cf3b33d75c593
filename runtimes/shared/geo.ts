// The country of an address, from a database in MaxMind's format that stands in memory.
import { readFile } from 'node:fs/promises'
import { type CheckedConfig, ConfigError, type Ports } from '../../src/index.js'

/** What databases say of an address that is of use here: MaxMind, DB-IP and others as an object, IPinfo as a text. */
interface Entry {
  readonly country?: { readonly iso_code?: string } | string
  readonly country_code?: string
}

const CODE = /^[A-Z]{2}$/
/** In front of IPv4 addresses on listeners that take both. */
const MAPPED = /^::ffff:(?=\d+\.)/i

/** Opens the database that the configuration names. Throws a `ConfigError` when it cannot be read. */
export async function openGeo({ geo }: Pick<CheckedConfig, 'geo'>): Promise<Pick<Ports, 'countryOf'>> {
  if (!geo) return {}
  try {
    // CommonJS, whose exports by name are lost in a bundle.
    const [{ default: mmdb }, bytes] = await Promise.all([import('mmdb-lib'), readFile(geo.file)])
    const reader = new mmdb.Reader(bytes)
    return { countryOf: (address) => codeOf(entryOf(reader, address.replace(MAPPED, ''))) }
  } catch (error) {
    throw new ConfigError([{ path: 'geo.file', value: geo.file, message: `is no database that can be read: ${(error as Error).message}` }])
  }
}

/** Text that is no address, such as one with a zone, is of no country. */
function entryOf(reader: { get(address: string): unknown }, address: string): Entry | null {
  try {
    return reader.get(address) as Entry | null
  } catch {
    return null
  }
}

function codeOf(entry: Entry | null): string | undefined {
  if (!entry) return undefined
  const { country, country_code: short } = entry
  const code = typeof country === 'object' ? country.iso_code : (short ?? country)
  return code !== undefined && CODE.test(code) ? code : undefined
}
