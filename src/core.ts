// fetchgate/core: a gateway without the checks of its configuration, for bundles in which each kilobyte counts.
export type { CheckedConfig } from './config/schema.js'
export { ConfigError, formatIssue, type Issue } from './config/issue.js'
export { type Gateway, openGateway } from './gateway.js'
export { MINIMUM } from './minimum.js'
export type { Parts } from './parts.js'
export { compileSplit as split } from './compile/split.js'
export { hedging } from './forward/hedge/hedging.js'
export { withCopy as mirror } from './forward/mirror/stage.js'
