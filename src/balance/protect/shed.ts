// Which requests are turned away first when a pool comes near its limit.

/** How much a request matters. */
export type Priority = 'critical' | 'normal' | 'background'

/** The span of utilisation over which the admitted share of a class falls from all to none. */
interface Ramp {
  readonly from: number
  readonly to: number
}

/** Where one span ends the next begins: nobody is turned away as long as something that matters less is let in. */
const RAMPS: Readonly<Record<Priority, Ramp>> = {
  background: { from: 0.8, to: 0.95 },
  normal: { from: 0.95, to: 1 },
  critical: { from: 1, to: 1 },
}

/** Share of the requests of a class that are let in at a utilisation, which is what is under way divided by the limit. */
export function admittedShare(priority: Priority, utilisation: number): number {
  const { from, to } = RAMPS[priority]
  if (utilisation < from) return 1
  return utilisation >= to ? 0 : (to - utilisation) / (to - from)
}

/** Whether to turn a request away. `roll` is in [0, 1). */
export function sheds(priority: Priority, inFlight: number, limit: number, roll: number): boolean {
  return roll >= admittedShare(priority, limit > 0 ? inFlight / limit : 1)
}
