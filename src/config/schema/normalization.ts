// What an operator may say of normalisation, for all routes and for one.
import * as v from 'valibot'
import { PROFILES, type ProfileName } from '../normalization.js'
import { closed, setting } from '../shape.js'
import { fieldName } from './texts.js'

const mayBeLiteral = v.picklist(['keep', 'literal', 'reject'])

/** What becomes of header names with `_` and the like; said in two places. */
export const oddHeaders = v.union([v.picklist(['drop', 'keep', 'reject']), v.array(fieldName)])

const oddities = {
  dotSegments: setting(v.picklist(['resolve', 'reject']), 'Paths with `.` or `..` segments, `%2e` among them: "resolve" sends the canonical path, "reject" answers 400. Behind a further encoding they are always refused.'),
  repeatedSlashes: setting(v.picklist(['keep', 'merge', 'reject']), 'Paths with `//`: routed as if merged. "keep" sends them as they came where they lead to the same route unmerged, "merge" sends the canonical path, "reject" answers 400.'),
  encodedSlashes: setting(mayBeLiteral, '`%2F`, which divides no segments here. "keep" sends it as it came, and answers 400 where a server that takes it for `/` would find the path of another route; "literal" says that the servers of the route take it for text, and does not look; "reject" answers 400. Hazard of "literal": with servers that decode it, the filters of another route are passed by.'),
  encodedBackslashes: setting(mayBeLiteral, '`%5C`, which servers may take for `/`: as `encodedSlashes`. A plain `\\` is always refused.'),
  doubleEncoding: setting(mayBeLiteral, '`%25` with two hexadecimal digits behind it, an escape to those who decode twice: as `encodedSlashes`.'),
  parameters: setting(mayBeLiteral, '`;` and `%3B`, which begin parameters of a segment for some servers: as `encodedSlashes`.'),
  oddHeaders: setting(oddHeaders, 'Request headers with other characters in their name than letters, digits and hyphens, such as `X_Forwarded_For`, which some servers take for their twins with "-": "drop", "keep", "reject" with 400, or the list of names to keep while others are dropped. Before a route is found, those that a route rejects or keeps for itself are dropped.'),
}

/** For all routes. */
export const normalization = closed({
  profile: setting(
    v.picklist(Object.keys(PROFILES) as ProfileName[]),
    'The dated profile that holds where nothing is said, see [normalization.md](normalization.md). Default: the newest. Naming one keeps what it does over upgrades.',
  ),
  ...oddities,
})

/** For one route. */
export const routeNormalization = closed(oddities)
