// What an operator may say of the keys that clients have.
import * as v from 'valibot'
import { keyDigestFault } from '../../key-digest.js'
import { checked, closed, described, setting } from '../../shape.js'
import { fieldName } from '../texts.js'
import { originField } from './origin-field.js'
import { realm } from './realm.js'

const digest = checked(keyDigestFault)

export const apiKey = closed({
  keys: described(
    v.union([v.pipe(v.array(digest), v.minLength(1, 'must have at least one key')), v.pipe(v.record(v.string(), digest), v.minEntries(1, 'must have at least one key'))]),
    'SHA-256 digests of keys, `"sha256:…"` in hexadecimal: a list, or by a name that logs and limits know the client by. `fetchgate hash --key` makes a key and its digest. Hazard: a digest can be guessed as fast as it is computed, so keys must be random, not chosen by people.',
  ),
  header: setting(fieldName, 'The header that holds the key. Default "X-API-Key". Of `Authorization` the key is what stands behind `Bearer`.'),
  query: setting(v.pipe(v.string(), v.minLength(1, 'must be the name of a parameter')), 'A parameter of the query that may hold the key instead. Default: none. Hazard: URLs are written into logs, histories and `Referer`; servers and the cache get it as it is, and `accessLog.redact` has to name it.'),
  keep: setting(v.boolean(), 'Whether servers get the header with the key. Default false.'),
  realm: realm('What `WWW-Authenticate` of a refusal calls this part of the site. Default "restricted".'),
  userHeader: setting(originField, 'A header in which servers get the name of the key, percent-encoded where it is not plain ASCII. What clients send by that name, in any spelling, is taken off. Default: none.'),
})
