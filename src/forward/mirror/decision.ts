// Whether a request is copied to a mirror.
import type { Mirror } from '../../plan.js'

/** Copies that may be under way for one route; past that they are left out, so that a slow mirror cannot pile up. */
const MAX_ACTIVE_MIRRORS = 64

/** Largest body that is copied. Larger ones are not mirrored at all: half a request would tell nothing. */
export const MAX_MIRRORED_BYTES = 64 * 1024

/** Decides by `roll` in [0, 1) and by what is under way. Upgrades are never copied. */
export function shouldMirror({ percent, load }: Mirror, upgrade: string | undefined, bodyBytes: number | undefined, roll: number): boolean {
  return upgrade === undefined && load.active < MAX_ACTIVE_MIRRORS && (bodyBytes ?? 0) <= MAX_MIRRORED_BYTES && roll * 100 < percent
}
