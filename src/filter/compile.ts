// From filter settings to rules, in the order they were written.
import { absentPart, formatPath, type Issue } from '../config/issue.js'
import type { CheckedConfig, FilterEntry } from '../config/schema.js'
import type { Ports } from '../ports.js'
import { withoutUnbelieved } from './client-certificate/unbelieved.js'
import { ALL_KINDS, type Kinds, type RuleMaker } from './kinds.js'
import type { Rule } from './verdict.js'

/** Compiles the filters of one configuration. */
export interface RuleCompiler {
  /** The rules of one list, which stands below the keys. `owner` tells it apart from the lists of other routes, whichever place they have. */
  readonly rulesOf: (filters: readonly FilterEntry[], keys: readonly (string | number)[], owner: string) => readonly Rule[]
  /** Starts what filters do between requests. Ends with the signal. */
  readonly watch: (signal: AbortSignal) => void
  /** What filters remember between requests. */
  readonly memory: ReadonlyMap<string, unknown>
}

/** Opens a compiler. What filters remembered in `previous`, before a reload, stays. */
export type FilterPart = (ports: Ports, issues: Issue[], previous: RuleCompiler | undefined, settings?: Pick<CheckedConfig, 'counters' | 'listen'>) => RuleCompiler

/** The part of a gateway that has these filters and no others. */
export function filterPart(kinds: Kinds): FilterPart {
  return (ports, issues, previous, { counters, listen = [] } = {}) => {
    const first: readonly Rule[] = [listen].flat().some(({ tls }) => tls?.clientAuth) ? [withoutUnbelieved] : []
    const memory = new Map<string, unknown>()
    const watched: ((signal: AbortSignal) => void)[] = []
    const kept = <T>(key: string, make: () => T): T => {
      const value = (previous?.memory.has(key) ? previous.memory.get(key) : make()) as T
      memory.set(key, value)
      return value
    }
    const ruleOf = (filter: FilterEntry, keys: readonly (string | number)[], owner: string): Rule | undefined => {
      if (typeof filter === 'function') return filter as Rule
      const [name, config] = Object.entries(filter)[0] as [keyof Kinds, unknown]
      const make = kinds[name] as RuleMaker<unknown> | undefined
      if (!make) {
        issues.push(absentPart([...keys, name], config))
        return undefined
      }
      const id = `${owner} ${name} ${JSON.stringify(config)}`
      return make(config, {
        ports,
        owner,
        id,
        counters,
        kept: (first) => kept(id, first),
        shared: kept,
        watch: (run) => void watched.push(run),
        fault: (below, value, message) => issues.push({ path: formatPath([...keys, name, ...below]), value, message }),
      })
    }
    return {
      memory,
      watch: (signal) => watched.forEach((run) => run(signal)),
      rulesOf: (filters, keys, owner) => [...(owner === '' ? first : []), ...filters.flatMap((filter, i) => ruleOf(filter, [...keys, i], owner) ?? [])],
    }
  }
}

/** The part of a gateway that has all filters. */
export const allFilters: FilterPart = filterPart(ALL_KINDS)
