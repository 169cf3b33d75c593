// How traffic is shared between the gateway's own zone and the others.

/** What a zone is expected to carry, as a multiple of its share (Envoy's overprovisioning of 140 %). */
const OVERPROVISIONING = 1.4

/**
 * By which the weights of other zones are multiplied. It is 0 while five sevenths of the own zone's weight are available.
 * Below that the part that stays shrinks with what is available, and the other zones share the rest by their weights. An
 * own zone without anybody, or with nobody else, changes nothing. Arguments are weights.
 */
export function elsewhereFactor(ownAvailable: number, ownAll: number, otherAvailable: number): number {
  if (ownAvailable === 0 || otherAvailable === 0) return 1
  const staying = Math.min(1, (OVERPROVISIONING * ownAvailable) / ownAll)
  return ((1 - staying) / staying) * (ownAvailable / otherAvailable)
}
