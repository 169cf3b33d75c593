// fetchgate/filter: rules and verdicts, for use on their own, and the part for a gateway that has only some of them.
export { allowRule as allow, denyRule as deny } from './access.js'
export { corsRule as cors } from './cors/rule.js'
export { csrfRule as csrf } from './csrf/rule.js'
export { allFilters, filterPart, type FilterPart } from './compile.js'
export type { Kinds, RuleMaker, RuleWorld } from './kinds.js'
export { defineFilter } from './own.js'
export { PASS, type Pass, type Refusal, type Reply, type Rule, type Verdict } from './verdict.js'
export type { Exchange, Identity } from '../exchange.js'
