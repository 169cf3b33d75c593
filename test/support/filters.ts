// Rules for tests of filters: made by the real compiler, in a world of values.
import type { Issue } from '../../src/config/issue.js'
import { type Config, ConfigError, validateConfig } from '../../src/index.js'
import { allFilters } from '../../src/filter/compile.js'
import type { Rule } from '../../src/filter/verdict.js'
import { platform } from '../../src/platform.js'
import type { Ports } from '../../src/ports.js'

/** A filter that settings name, as an operator writes it. */
export type NamedFilter = Exclude<NonNullable<Config['filters']>[number], (...given: never) => unknown>

/** The rules of filters as an operator writes them. Throws when a setting is wrong or cannot be honoured. */
export function rulesOf(filters: NonNullable<Config['filters']> = [], ports: Partial<Ports> = {}): readonly Rule[] {
  const validation = validateConfig({ routes: [], filters })
  if (validation.kind === 'invalid') throw new ConfigError(validation.issues)
  const issues: Issue[] = []
  const rules = allFilters({ ...platform(), ...ports }, issues, undefined).rulesOf(validation.config.filters ?? [], ['filters'], '')
  if (issues.length > 0) throw new ConfigError(issues)
  return rules
}
