// fetchgate/filter: rules and verdicts, for use on their own.
export { allowRule, denyRule } from './access.js'
export { compileRules } from './compile.js'
export { PASS, type Refusal, type Rule, type Verdict } from './verdict.js'
