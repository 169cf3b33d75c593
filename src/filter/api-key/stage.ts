// apiKey: lets clients pass by a key of which only the digest is known here.
import { parseKeyDigest } from '../../config/key-digest.js'
import type { FilterConfig } from '../../config/schema.js'
import type { Exchange, Identity } from '../../exchange.js'
import { editFields } from '../../http/fields.js'
import { equalBytes } from '../equal-secrets.js'
import { headerText } from '../header-text.js'
import { sha256 } from '../sha256/stage.js'
import type { Pass, Refusal, Rule, Verdict } from '../verdict.js'
import { vouchedFields } from '../vouched-fields.js'
import type { RuleWorld } from '../world.js'
import { sentKey } from './sent-key.js'

type ApiKeyConfig = NonNullable<FilterConfig['apiKey']>

/** A client that has a key. */
interface Holder {
  readonly digest: Uint8Array
  readonly identity: Identity
  /** What servers are told of it. */
  readonly lines: readonly string[]
}

/** Refuses with 401 who has none of the keys. */
export function apiKeyRule(config: ApiKeyConfig, { kept }: RuleWorld): Rule {
  const { header = 'X-API-Key', query, keep = false, realm = 'restricted', userHeader } = config
  const place = { header: header.toLowerCase(), query }
  const holders = holdersOf(config)
  /**
   * Keys that were right, so that a digest is waited for once: as many as there are holders at the most, since wrong ones are not
   * remembered. Finding one by its text tells nobody anything: what is compared is a hash of it, seeded at random.
   */
  const known = kept(() => new Map<string, Holder>())
  const fields = ['WWW-Authenticate', `ApiKey realm="${realm}"`]
  const removed: ReadonlySet<string> = new Set([place.header])
  const vouched = userHeader === undefined ? undefined : vouchedFields([userHeader])

  const passing = (exchange: Exchange, { identity, lines }: Holder): Pass => {
    if (keep && !vouched) return { kind: 'pass', identity }
    const remaining = keep ? exchange.fields : editFields(exchange.fields, { remove: removed })
    return { kind: 'pass', identity, fields: vouched ? vouched(remaining, lines) : remaining }
  }
  const refusal = (reason: string): Refusal => ({ kind: 'refuse', code: 'authentication_required', reason: `apiKey: ${reason}`, fields })
  const digested = async (exchange: Exchange, key: string): Promise<Verdict> => {
    const holder = holderOf(holders, await sha256(key))
    if (!holder) return refusal('a key that nobody has')
    known.set(key, holder)
    return passing(exchange, holder)
  }

  return (exchange) => {
    const sent = sentKey(exchange, place)
    if (sent.kind === 'fault') return refusal(sent.reason)
    const holder = known.get(sent.key)
    return holder ? passing(exchange, holder) : digested(exchange, sent.key)
  }
}

/** All are compared, so that the time does not tell which is near. */
function holderOf(holders: readonly Holder[], digest: Uint8Array): Holder | undefined {
  let found: Holder | undefined
  for (const holder of holders) if (equalBytes(holder.digest, digest)) found = holder
  return found
}

function holdersOf({ keys, userHeader }: ApiKeyConfig): readonly Holder[] {
  const named = Array.isArray(keys) ? keys.map((text, i) => [`key-${i + 1}`, text] as const) : Object.entries(keys)
  return named.map(([name, text]) => ({ digest: parseKeyDigest(text)!, identity: { by: 'api-key', name }, lines: userHeader === undefined ? [] : [userHeader, headerText(name)] }))
}
