// What an operator may say of the requests that a filter is for.
import * as v from 'valibot'
import { checked, closed, described, duration, setting } from '../../shape.js'
import { cidr, hostPattern, methodName } from '../texts.js'

const listUrl = checked((text) => (/^(https?|file):\/\/\S+$/.test(text) ? undefined : 'is not an http(s) or file URL'))

/** Where a list of addresses stands. */
const ipFrom = v.union([
  listUrl,
  closed({
    url: described(listUrl, 'Where the list stands: a URL, or `file:///path`.'),
    refresh: setting(v.pipe(duration, v.minValue(1000, 'must be at least "1s"')), 'How often it is read. Default "5m".'),
  }),
])

/** Settings of the filters `allow` and `deny`. */
export const access = closed({
  ip: setting(v.array(cidr), 'Client addresses or ranges, after trusted proxies.'),
  ipFrom: setting(ipFrom, 'More of them from a file or a web server, one to a line; `#` and `;` begin comments. `ip` and `ipFrom` are one list. Read once a request needs it or `gateway.watch` was called, then every 5 minutes, up to 64 MiB. A list that cannot be had, or has a line that is no range, changes nothing, and an event tells; until there has been a first one, requests wait for it, and end with 500 where it fails. On Workers refused at start.'),
  method: setting(v.array(methodName), 'Methods, compared in upper case.'),
  host: setting(v.array(hostPattern), 'Hosts: exact, or `*.example.com`.'),
  path: setting(
    v.array(checked((text) => (text.startsWith('/') ? undefined : 'must start with "/"'))),
    'Paths, `*` standing for any run of characters. Compared with the canonical path and with every other way an origin may read it (escaped separators, double encoding, `;parameters`; see [normalization.md](normalization.md)): denied in any, allowed in all. Letter case counts.',
  ),
  userAgent: setting(v.array(v.string()), 'Values of `User-Agent`, `*` standing for any run of characters, letter case not counting; an empty text fits requests without one. Of several lines any is denied, and all must be allowed. Hazard: whoever wants to can send another.'),
  country: setting(
    v.array(checked((text) => (/^[A-Z]{2}$/.test(text) ? undefined : 'is not a country code in capitals such as "DE" (ISO 3166-1)'))),
    'Countries of client addresses, by their two letters (ISO 3166-1). From the database that `geo` names, on Node, Bun and Deno; from the platform on Workers, for clients that no trusted proxy stands before. Refused at start where neither is there. An unknown country fits no list: `deny` lets it pass, `allow` does not. Hazard: such databases are right for most addresses, not for all.',
  ),
})
