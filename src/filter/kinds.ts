// The filters there are, by the name of their setting.
import type { FilterConfig } from '../config/schema.js'
import type { Ports } from '../ports.js'
import { allowRule, denyRule } from './access.js'
import { corsRule } from './cors/rule.js'
import { csrfRule } from './csrf/rule.js'
import type { Rule } from './verdict.js'

/** What the rules of one gateway are made with. */
export interface RuleWorld {
  readonly ports: Ports
  /**
   * What a filter remembers between requests, such as counters: made once, and kept over a reload by filters that keep
   * their place and settings.
   */
  readonly kept: <T>(make: () => T) => T
  /** Reports a setting, by its keys below the filter's, which this runtime cannot honour. */
  readonly fault: (keys: readonly (string | number)[], value: unknown, message: string) => void
}

/** Makes the rule of a filter from its settings. */
export type RuleMaker<C> = (config: C, world: RuleWorld) => Rule

/** Makers by the name of the setting. What is absent cannot be configured. */
export type Kinds = { readonly [K in keyof FilterConfig]?: RuleMaker<NonNullable<FilterConfig[K]>> }

/** All of them. */
export const ALL_KINDS: Kinds = { allow: allowRule, deny: denyRule, cors: corsRule, csrf: csrfRule }
