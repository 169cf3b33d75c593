// What an operator may say of `csrf`.
import * as v from 'valibot'
import { closed, setting } from '../../shape.js'
import { originPattern } from './cors.js'

export const csrf = closed({
  origins: setting(v.array(originPattern), 'Other origins whose pages may send requests that change something: exact, "https://*.example.com", ":*" for any port, "null" for pages without an origin. Default: none, not even other hosts of the same site. Hazard: each of them may act as the user.'),
  isolate: setting(v.boolean(), 'Whether other sites may not load anything from here either, into their scripts, images or frames; following a link to here stays possible. By `Sec-Fetch-Site`, so only for browsers that send it, and they do so over HTTPS and to localhost. Default false.'),
})
