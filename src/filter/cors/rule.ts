// cors: answers preflights, and says on every answer who may read it.
import type { FilterConfig } from '../../config/schema.js'
import type { After } from '../../exchange.js'
import { editFields } from '../../http/fields.js'
import { varyLine } from '../../http/vary.js'
import type { Pass, Rule } from '../verdict.js'
import { answerFields, askingOrigin, corsPolicy, type CorsPolicy, isPreflight, preflightFields } from './decision.js'

/** The server's own words, which would contradict these. */
const REPLACED: ReadonlySet<string> = new Set([
  'access-control-allow-origin', 'access-control-allow-credentials', 'access-control-expose-headers', 'access-control-allow-methods', 'access-control-allow-headers',
  'access-control-max-age', 'access-control-allow-private-network',
])

/** Answers preflights itself, and puts on every answer what browsers ask for: refusals and answers from the cache too. */
export function corsRule(config: NonNullable<FilterConfig['cors']>): Rule {
  const policy = corsPolicy(config)
  const unread = passing(policy, undefined)
  return ({ method, fields }) => {
    const origin = askingOrigin(fields)
    if (origin === undefined || !policy.allows) {
      if (origin === undefined || !isPreflight(method, fields)) return unread
    } else if (!isPreflight(method, fields)) return policy.allows(origin) ? passing(policy, origin) : unread
    const answer = { status: 204, fields: preflightFields(policy, origin, fields), body: undefined }
    return !policy.allows || policy.allows(origin) ? { kind: 'reply', answer } : { kind: 'reply', answer, reason: `cors: origin ${origin.slice(0, 100)}` }
  }
}

function passing(policy: CorsPolicy, origin: string | undefined): Pass {
  const told = answerFields(policy, origin)
  const after: After = (answer) => {
    if (answer.tunnel) return answer
    const append = policy.allows ? [...told, ...varyLine(answer.fields, 'Origin')] : told
    return { ...answer, fields: editFields(answer.fields, { remove: REPLACED, append }) }
  }
  return { kind: 'pass', after }
}
