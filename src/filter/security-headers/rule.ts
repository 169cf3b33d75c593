// securityHeaders: puts on every answer what tells browsers to be careful with it, with a nonce for its scripts if asked to.
import type { FilterConfig } from '../../config/schema.js'
import type { Pass, Rule } from '../verdict.js'
import { vouchedFields } from '../vouched-fields.js'
import type { RuleWorld } from '../world.js'
import { guarded, headerPolicy } from './decision.js'

export function securityHeadersRule(config: NonNullable<FilterConfig['securityHeaders']>, { ports }: RuleWorld): Rule {
  const policy = headerPolicy(config)
  const http: Pass = { kind: 'pass', after: (answer) => guarded(answer, policy, 'http', undefined) }
  const https: Pass = { kind: 'pass', after: (answer) => guarded(answer, policy, 'https', undefined) }
  const { nonced } = policy
  if (!nonced) return ({ client }) => (client.scheme === 'https' ? https : http)
  const vouch = vouchedFields([nonced.header])
  return ({ client, fields }) => {
    const nonce = ports.newId()
    // What is asked for with no-store is not stored (RFC 9111 §5.2.1.5): the next client would get this one's nonce.
    return { kind: 'pass', fields: vouch(fields, [nonced.header, nonce, 'Cache-Control', 'no-store']), after: (answer) => guarded(answer, policy, client.scheme, nonce) }
  }
}
