// What a service grants a request that may pass, and what room it takes to remember that.
import type { Fields } from '../../http/fields.js'

export interface Granted {
  /** The lines of its answer that the origin gets. */
  readonly lines: Fields
  readonly user: string | undefined
  /** Cookies that its answer sets for the client. */
  readonly cookies: Fields
}

/** What an entry costs beside its texts. */
const OVERHEAD_BYTES = 200

/** Bytes that a grant without cookies takes by the question that it answers. */
export function grantBytes(key: string, { user, lines }: Granted): number {
  return OVERHEAD_BYTES + 2 * (key.length + (user?.length ?? 0) + lines.reduce((sum, text) => sum + text.length, 0))
}
