// What an operator may say of a target: one server of an upstream.
import * as v from 'valibot'
import { parseHost } from '../../http/host.js'
import { checked, closed, described, setting } from '../shape.js'
import { weight } from './texts.js'

function targetFault(text: string): string | undefined {
  if (/^unix:\/./.test(text)) return undefined
  const match = /^https?:\/\/([^/?#]+)\/?$/i.exec(text)
  if (match) return parseHost(match[1]!) ? undefined : 'has a malformed host or port'
  if (/^https?:\/\/[^/?#]+\/./i.test(text)) return 'has a path; name the server only and use "addPrefix" on the route'
  return 'is not a server; write "http://host:port", "https://host:port" or "unix:/path"'
}

const targetUrl = checked(targetFault)

/** A server, by its URL or with more to say of it. */
export const target = v.union([
  targetUrl,
  closed({
    url: described(targetUrl, 'Where the server listens: scheme, host and port, no path; or `unix:/path/of/socket`.'),
    weight: setting(weight, 'Share of the traffic relative to the other targets. Default 1; with 0 it gets nothing new, and its sticky sessions go on.'),
    backup: setting(v.boolean(), 'Takes traffic only while no other target can. Default false.'),
    zone: setting(v.string(), 'Where the server stands. Targets of the gateway\'s own `zone` are preferred.'),
    labels: setting(v.record(v.string(), v.string()), 'Labels, by which a route\'s `subset` chooses.'),
  }),
])
