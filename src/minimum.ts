// The parts of the smallest gateway.
import { plainPool } from './compile/plain-pool.js'
import type { Parts } from './parts.js'

/** Round robin over targets that are all taken to be well; no filters, no cache, no mirror, no split. */
export const MINIMUM: Parts = { pool: plainPool }
