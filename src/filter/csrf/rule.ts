// csrf: refuses what a page of another origin sends behind its user's back.
import { originMatcher } from '../../config/origin-pattern.js'
import type { FilterConfig } from '../../config/schema.js'
import { PASS, type Rule } from '../verdict.js'
import { crossOriginFault, type CsrfPolicy } from './decision.js'

export function csrfRule({ origins = [], isolate = false }: NonNullable<FilterConfig['csrf']>): Rule {
  const policy: CsrfPolicy = { allows: originMatcher(origins), isolate }
  return ({ method, fields, upgrade, client }) => {
    const fault = crossOriginFault({ method, fields, upgrade, host: client.host }, policy)
    return fault === undefined ? PASS : { kind: 'refuse', code: 'http_request_denied', reason: `csrf: ${fault}`, detail: 'It was sent by a page of another origin.' }
  }
}
