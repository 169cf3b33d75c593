// From the body of a request to what is to be done; wrong ones are refused with what is wrong.
import type { Purge } from '../cache/purges.js'
import { type AdminCommand, LOG_LEVELS, type LogLevel } from './command.js'

/** A body, or what is wrong with it. */
export type Read<T> = { readonly kind: 'read'; readonly value: T } | { readonly kind: 'wrong'; readonly detail: string }

const wrong = (detail: string): Extract<Read<never>, { kind: 'wrong' }> => ({ kind: 'wrong', detail })

export function readWeight(body: unknown, upstream: string, target: string): Read<AdminCommand> {
  const weight = membersOf(body, ['weight'])?.['weight']
  if (weight !== null && !(typeof weight === 'number' && weight >= 0 && weight <= 1_000_000)) return wrong('Write {"weight": N} with a number from 0 to 1000000, or null for the configured one.')
  return { kind: 'read', value: { kind: 'weigh', upstream, target, weight } }
}

export function readLevel(body: unknown): Read<AdminCommand> {
  const level = membersOf(body, ['level'])?.['level']
  if (!LOG_LEVELS.includes(level as LogLevel)) return wrong(`Write {"level": …} with one of ${LOG_LEVELS.join(', ')}.`)
  return { kind: 'read', value: { kind: 'log-level', level: level as LogLevel } }
}

const WHAT = ['url', 'prefix', 'tag', 'all'] as const

export function readPurge(body: unknown): Read<AdminCommand> {
  const members = membersOf(body, [...WHAT, 'soft', 'cache'])
  const named = members ? WHAT.filter((what) => members[what] !== undefined) : []
  const [what] = named
  if (!members || what === undefined || named.length > 1) return wrong('Write one of {"url": …}, {"prefix": …}, {"tag": …} and {"all": true}, and beside it "soft" and "cache" if you like.')
  const { soft, cache } = members
  if (what === 'all' ? members[what] !== true : typeof members[what] !== 'string') return wrong(what === 'all' ? '"all" must be true.' : `"${what}" must be a text.`)
  if (soft !== undefined && typeof soft !== 'boolean') return wrong('"soft" must be true or false.')
  if (cache !== undefined && typeof cache !== 'string') return wrong('"cache" must be the name of a cache.')
  return { kind: 'read', value: { kind: 'purge', purge: members as unknown as Purge } }
}

/** The object, where it has no members but those. */
function membersOf(body: unknown, known: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  return typeof body === 'object' && body !== null && Object.keys(body).every((name) => known.includes(name)) ? (body as Record<string, unknown>) : undefined
}
