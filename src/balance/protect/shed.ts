// Which requests are turned away first when a pool comes near its limit.

/** How much a request matters. */
export type Priority = 'critical' | 'normal' | 'background'

/** Lowest first. */
const RANKS: readonly Priority[] = ['background', 'normal', 'critical']

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

/**
 * The class of a request: that of its route, or the one it asks for in a field. Only those that are trusted can ask for
 * more than the route gives; anybody can ask for less. What is no class asks for nothing.
 */
export function priorityOf(own: Priority, asked: string | undefined, mayRaise: boolean): Priority {
  const rank = RANKS.indexOf(asked?.trim().toLowerCase() as Priority)
  return rank >= 0 && (mayRaise || rank < RANKS.indexOf(own)) ? RANKS[rank]! : own
}
