// Who may be picked now, and why the others may not: subset, drain, health, backups, zone, slow start and panic.
import type { Standing } from './health/target-health.js'
import { murmur3 } from './hash/murmur3.js'
import type { Candidate, KeyPart, Load, Target } from './policy.js'
import { warmPart } from './slow-start.js'
import { elsewhereFactor } from './zone.js'

/** A target with what is known of it. */
export interface Member {
  readonly target: Target
  readonly load: Load
  readonly health: Standing
  /** Taken out by an operator: gets nothing new, whatever happens. */
  readonly draining: boolean
  /** Set at run time; the target's own otherwise. */
  readonly weight?: number | undefined
  /** When it joined or became healthy; undefined when it was there at the start of the process. */
  readonly sinceMs?: number | undefined
}

export interface SelectionOptions {
  /** Only targets that have all of these labels. When none has: `any` takes the whole pool instead, `none` nobody. */
  readonly subset?: { readonly labels: Readonly<Record<string, string>>; readonly otherwise: 'any' | 'none' } | undefined
  /** The gateway's own zone. */
  readonly zone?: string | undefined
  /** When a smaller part than this is healthy, health is ignored. Default 50; 0 ignores it only when nobody is healthy. */
  readonly panicPercent?: number | undefined
  /** Over which a target warms up. Default 0, at once. */
  readonly slowStartMs?: number | undefined
  /**
   * Whether targets are picked by keys. One that warms up or is half-open keeps its whole weight then, and takes a part of
   * its keys only: so no ring is made anew each second, and only its own keys move. Default false: it gets less weight.
   */
  readonly byKey?: boolean | undefined
}

/** `picked` in full, or with less weight while `warming` or `half-open`, or whatever its health in a `panic`; the others say what keeps a target out. */
export type Role = 'picked' | 'warming' | 'half-open' | 'panic' | 'other-subset' | 'draining' | 'no-weight' | 'unhealthy' | 'ejected' | 'standby' | 'other-zone'

export interface Selection {
  readonly candidates: readonly Candidate[]
  /** For a request that has tried all candidates: available targets of other zones, then backups. */
  readonly reserve: readonly Candidate[]
  /** Draining or without weight, and well: sessions that stick to them may go on. */
  readonly leaving: readonly Candidate[]
  /** Of each member, in the order given. */
  readonly roles: readonly { readonly target: Target; readonly role: Role; readonly weight: number }[]
  readonly panic: boolean
  /** Of the configured weights of the subset, whoever of it may be picked now: what hash policies must go by to stay as they are while health changes. */
  readonly averageWeight: number
  /** Whether time alone will change the weights, since a candidate is warming up. */
  readonly warming: boolean
}

const DEFAULT_PANIC_PERCENT = 50
/** What a half-open target gets, as a part of its weight. */
const TRIAL_PART = 0.1

const TAKES_PART: ReadonlySet<Role> = new Set(['picked', 'warming', 'half-open', 'panic'])

/**
 * Leaves a pool without candidates only when every target of the subset is draining or has no weight. Backups join when
 * no primary is healthy, or so few are that there would be a panic: a server that is well comes before servers that are
 * thought to be dead. There is a panic only where backups are too few as well, and then all of both take part.
 */
export function selectCandidates(members: readonly Member[], options: SelectionOptions, nowMs: number): Selection {
  const situation = situationOf(members, options, nowMs)
  const judged = members.map((member) => {
    const role = roleOf(member, situation)
    const weight = role === 'panic' ? weightOf(member) : TAKES_PART.has(role) ? weightOf(member) * situation.share(member) * situation.nearness(member) : 0
    return { member, target: member.target, role, weight }
  })
  const part = ({ target, health, sinceMs }: Member, role: Role): KeyPart | undefined => {
    if (!options.byKey || (role !== 'warming' && role !== 'half-open')) return undefined
    return { seed: murmur3(target.origin), at: (atMs) => warmthOf({ health, sinceMs }, atMs, options.slowStartMs) }
  }
  const those = (fits: (role: Role, member: Member) => boolean): Candidate[] =>
    judged.filter(({ role, member }) => fits(role, member)).map(({ member, role, weight }) => ({ target: member.target, load: member.load, weight: weight || weightOf(member), part: part(member, role) }))
  return {
    candidates: those((role) => TAKES_PART.has(role)),
    reserve: [...those((role) => role === 'other-zone'), ...those((role) => role === 'standby')],
    leaving: those((role, member) => (role === 'draining' || role === 'no-weight') && isAvailable(member)),
    roles: judged.map(({ target, role, weight }) => ({ target, role, weight })),
    panic: situation.panic,
    averageWeight: averageOf(members.filter(situation.inSubset).map(({ target }) => target.weight).filter((weight) => weight > 0)),
    warming: !options.byKey && judged.some(({ role }) => role === 'warming'),
  }
}

/** What holds for all members at once. */
interface Situation {
  readonly inSubset: (member: Member) => boolean
  readonly panic: boolean
  readonly backupsServe: boolean
  /** How far a target takes part, for what it has gone through. */
  readonly warmth: (member: Member) => number
  /** The parts of its weight that a target gets outside a panic, for that and for where it stands. */
  readonly share: (member: Member) => number
  readonly nearness: (member: Member) => number
}

function situationOf(members: readonly Member[], { subset, zone, panicPercent = DEFAULT_PANIC_PERCENT, slowStartMs, byKey = false }: SelectionOptions, nowMs: number): Situation {
  const labels = Object.entries(subset?.labels ?? {})
  const matches = ({ target }: Member): boolean => labels.every(([name, value]) => target.labels?.[name] === value)
  const inSubset = subset?.otherwise === 'any' && !members.some(matches) ? () => true : matches
  const usable = members.filter((member) => inSubset(member) && !member.draining && weightOf(member) > 0)
  // Half-open targets have yet to show that they are well. Were they counted, they would end a panic and then get less than in it.
  const suffice = (tier: readonly Member[]): boolean => {
    const available = tier.filter(({ health }) => health === 'healthy').length
    return available > 0 && available * 100 >= tier.length * panicPercent
  }
  const primaries = usable.filter(({ target }) => !target.backup)
  const backupsServe = !suffice(primaries)
  const panic = backupsServe && usable.length > 0 && !suffice(usable.filter(({ target }) => target.backup))

  const warmth = (member: Member): number => warmthOf(member, nowMs, slowStartMs)
  const share = byKey ? () => 1 : warmth
  const capacity = (those: readonly Member[]): number => those.filter(isAvailable).reduce((sum, member) => sum + weightOf(member) * share(member), 0)
  const isHere = ({ target }: Member): boolean => zone === undefined || target.zone === zone
  const serving = backupsServe ? usable : primaries
  const here = serving.filter(isHere)
  const elsewhere = elsewhereFactor(capacity(here), here.reduce((sum, member) => sum + weightOf(member), 0), capacity(serving.filter((member) => !isHere(member))))
  return { inSubset, panic, backupsServe, warmth, share, nearness: (member) => (isHere(member) ? 1 : elsewhere) }
}

function roleOf(member: Member, { inSubset, panic, backupsServe, warmth, nearness }: Situation): Role {
  if (!inSubset(member)) return 'other-subset'
  if (member.draining) return 'draining'
  if (weightOf(member) === 0) return 'no-weight'
  if (panic) return 'panic'
  if (member.health === 'unhealthy' || member.health === 'ejected') return member.health
  if (member.target.backup && !backupsServe) return 'standby'
  if (nearness(member) === 0) return 'other-zone'
  if (member.health === 'half-open') return 'half-open'
  return warmth(member) < 1 ? 'warming' : 'picked'
}

function warmthOf({ health, sinceMs }: Pick<Member, 'health' | 'sinceMs'>, nowMs: number, slowStartMs = 0): number {
  return health === 'half-open' ? TRIAL_PART : warmPart(sinceMs, nowMs, slowStartMs)
}

/** 1 where there is nothing to average. */
function averageOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length || 1
}

function weightOf({ weight, target }: Member): number {
  return weight ?? target.weight
}

function isAvailable({ health }: Member): boolean {
  return health === 'healthy' || health === 'half-open'
}
