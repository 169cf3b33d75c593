// crawlers: turns away crawlers by what they say they are. Policy for those who are honest, and no protection from others.
import type { FilterConfig } from '../../config/schema.js'
import { fieldValues } from '../../http/fields.js'
import { BytesPayload } from '../../http/payload.js'
import type { Answer } from '../../ports.js'
import { PASS, type Rule } from '../verdict.js'
import { crawlerFault, crawlerPolicy } from './decision.js'

const DETAIL = 'Crawlers of this kind are not served here; see /robots.txt.'

export function crawlersRule(config: NonNullable<FilterConfig['crawlers']>): Rule {
  const policy = crawlerPolicy(config)
  const { robotsTxt = false, status = 403 } = config
  const robots = new TextEncoder().encode(policy.robotsTxt)
  return ({ method, target, fields, client, id }) => {
    // Whoever is turned away may learn so, before it asks for anything else.
    if (target.path === '/robots.txt' && (method === 'GET' || method === 'HEAD')) return robotsTxt ? { kind: 'reply', answer: textAnswer(200, 'text/plain; charset=utf-8', 'max-age=3600', robots, method) } : PASS
    const fault = crawlerFault(fieldValues(fields, 'user-agent').join(' '), client.address, policy)
    if (fault === undefined) return PASS
    const reason = `crawlers: ${fault}`
    if (status === 403) return { kind: 'refuse', code: 'http_request_denied', reason, detail: DETAIL }
    const problem = { type: 'about:blank', title: 'Access has to be paid for', status, detail: DETAIL, code: 'payment_required', instance: `urn:request:${id}` }
    return { kind: 'reply', answer: textAnswer(402, 'application/problem+json', 'no-store', new TextEncoder().encode(`${JSON.stringify(problem)}\n`), method), reason }
  }
}

function textAnswer(status: number, type: string, caching: string, body: Uint8Array, method: string): Answer {
  return { status, fields: ['Content-Type', type, 'Content-Length', String(body.byteLength), 'Cache-Control', caching], body: method === 'HEAD' ? undefined : new BytesPayload(body) }
}
