// All parts that a gateway can have.
import { compileCaches } from './compile/cache.js'
import { compileContent } from './compile/content.js'
import { compileFiles } from './compile/files.js'
import { compileMirror } from './compile/mirror.js'
import { fullPool } from './compile/pool.js'
import { compileSplit } from './compile/split.js'
import { allFilters } from './filter/compile.js'
import { hedging } from './forward/hedge/hedging.js'
import type { Parts } from './parts.js'

/** What `createGateway` and the runtimes' `start` build with. */
export const EVERYTHING: Parts = { pool: fullPool, caches: compileCaches, filters: allFilters, mirror: compileMirror, split: compileSplit, content: compileContent, files: compileFiles, hedging }
