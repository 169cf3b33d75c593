// All parts that a gateway can have.
import { compileCaches } from './compile/cache.js'
import { compileContent } from './compile/content.js'
import { fullPool } from './compile/pool.js'
import { compileSplit } from './compile/split.js'
import { allFilters } from './filter/compile.js'
import { hedging } from './forward/hedge/hedging.js'
import { withCopy } from './forward/mirror/stage.js'
import type { Parts } from './parts.js'

/** What `createGateway` and the runtimes' `start` build with. */
export const EVERYTHING: Parts = { pool: fullPool, caches: compileCaches, filters: allFilters, mirror: withCopy, split: compileSplit, content: compileContent, hedging }
