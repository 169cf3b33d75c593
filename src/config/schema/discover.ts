// What an operator may say of discovery: where the list of targets comes from when it is not written down.
import * as v from 'valibot'
import { checked, closed, described, duration, setting } from '../shape.js'
import { whole } from './numbers.js'
import { target } from './target.js'

/** One target as a source of targets gives it: what stands in `targets`. */
export type DiscoveredTarget = v.InferInput<typeof target>

/**
 * A source of targets of your own, for registries that fetchgate does not know. Called once; each list it yields
 * replaces the one before. The last list stays in force when it ends, throws (it is called again after `refresh`) or
 * yields what is no list of targets. It must end when the signal is aborted. It may wait as long as it likes.
 */
export type TargetSource = (signal: AbortSignal) => AsyncIterable<readonly DiscoveredTarget[]>

const dns = closed({
  dns: described(v.string(), 'Name to look up.'),
  type: setting(v.picklist(['A', 'AAAA', 'SRV']), '"A" (default) and "AAAA" give addresses, "SRV" gives hosts with their ports and weights; of its priorities, all but the first are backups.'),
  scheme: setting(v.picklist(['http', 'https']), 'Default "http".'),
  port: setting(whole(1, 65535), 'Port of the targets, for "A" and "AAAA". Default that of the scheme.'),
  refresh: setting(duration, 'Longest time until the next look. Default "60s"; a shorter TTL of the records is honoured, from 1 s on.'),
})

const list = closed({
  url: described(checked((text) => (/^(https?|file):\/\/\S+$/.test(text) ? undefined : 'is not an http(s) or file URL')), 'Where a JSON list stands that is written like `targets`: a URL, or `file:///path`.'),
  refresh: setting(duration, 'How often it is read. Default "10s".'),
})

const source = closed({
  source: described(v.custom<TargetSource>((value) => typeof value === 'function', 'must be a function that gives an async iterable of lists'), 'In code only: a function of yours that gives lists as they change.'),
  refresh: setting(duration, 'When it is called again after it has failed. Default "10s".'),
})

/** Where targets come from. */
export const discover = v.union([dns, list, source])
