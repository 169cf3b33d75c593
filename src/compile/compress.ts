// From the settings of compression to what the answers of a route go through.
import { Compression, type Equipment } from '../compress/stage.js'
import { typeTest } from '../compress/types.js'
import { WEB_COMPRESSORS } from '../compress/web.js'
import { formatPath, type Issue } from '../config/issue.js'
import type { CheckedConfig, RouteConfig } from '../config/schema.js'
import type { Coding, Ports } from '../ports.js'

/** Best first: zstd and br make smaller bodies than gzip for the same work. */
const CODINGS: readonly Coding[] = ['zstd', 'br', 'gzip']

/** Levels at which more work would hardly make bodies smaller. */
const LEVELS: Readonly<Record<Coding, number>> = { zstd: 3, br: 4, gzip: 6 }

/** Where an answer is made once for many: about twice the work for a tenth less. gzip would gain nothing. */
const STORED_LEVELS: Readonly<Record<Coding, number>> = { zstd: 9, br: 6, gzip: 6 }

const MIN_BYTES = 1024

/** Gives the compression of each route; undefined for one that has none. What the runtime cannot do at all is an issue. */
export function compileCompress(general: CheckedConfig['compress'], ports: Pick<Ports, 'compressors'>, issues: Issue[]): (route: RouteConfig, index: number) => Compression | undefined {
  const { compressors = WEB_COMPRESSORS } = ports
  const compiled = (settings: CheckedConfig['compress'], keys: readonly (string | number)[]): Compression | undefined => {
    if (!settings) return undefined
    const { encodings = CODINGS, minSize: minBytes = MIN_BYTES, types, level = {}, storedLevel = {} } = settings === true ? {} : settings
    const codings = [...new Set(encodings)].filter((coding) => compressors[coding])
    if (codings.length === 0) issues.push({ path: formatPath(keys), value: encodings, message: `this runtime can only compress by: ${Object.keys(compressors).join(', ')}` })
    const equipment: Equipment = new Map(codings.map((coding) => {
      const quick = level[coding] ?? LEVELS[coding]
      return [coding, { compressor: compressors[coding]!, level: quick, storedLevel: Math.max(quick, storedLevel[coding] ?? STORED_LEVELS[coding]) }]
    }))
    return new Compression({ codings, streaming: codings.filter((coding) => compressors[coding]!.streams), minBytes, isCompressible: typeTest(types) }, equipment)
  }
  const forAll = compiled(general, ['compress', 'encodings'])
  return ({ compress }, index) => (compress === undefined ? forAll : compiled(compress, ['routes', index, 'compress', 'encodings']))
}
