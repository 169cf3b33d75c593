// What filters are made with: effects, memory that survives a reload, and a way to say what cannot be honoured.
import type { CheckedConfig } from '../config/schema.js'
import type { Ports } from '../ports.js'

/** What the rules of one gateway are made with. */
export interface RuleWorld {
  readonly ports: Ports
  /** Which list the filter stands in: empty for that of all requests, else what tells its route from others. */
  readonly owner: string
  /**
   * What a filter remembers between requests, such as counters: made once, and kept over a reload by filters that keep
   * their place and settings. There is one such value for each filter.
   */
  readonly kept: <T>(make: () => T) => T
  /** The same for what several filters share, by a key of its own. */
  readonly shared: <T>(key: string, make: () => T) => T
  /** The filter's place and settings, the same in every process that has the same. */
  readonly id: string
  /** The settings of named stores. */
  readonly counters: CheckedConfig['counters']
  /** Is called with the signal of `gateway.watch`, again after a reload, for what a filter does between requests. */
  readonly watch: (run: (signal: AbortSignal) => void) => void
  /** Reports a setting, by its keys below the filter's, which this runtime cannot honour. */
  readonly fault: (keys: readonly (string | number)[], value: unknown, message: string) => void
}
