// What an operator may say of `challenge`.
import * as v from 'valibot'
import { checked, closed, described, duration, setting } from '../../shape.js'
import { whole } from '../numbers.js'
import { cidr } from '../texts.js'

const userAgentPart = checked((text) => (text.trim() === '' ? 'is empty, and would be in every User-Agent' : undefined))
const pathGlob = checked((text) => (text.startsWith('/') ? undefined : 'must start with "/"'))

/** Bots that are known by both: what they call themselves, and where they come from. */
export const verifiedBots = v.record(
  v.string(),
  closed({
    userAgent: described(userAgentPart, 'A part of the `User-Agent`, in any case of letters.'),
    ip: described(v.pipe(v.array(cidr), v.minLength(1, 'needs at least one range')), 'Addresses or ranges that its operator publishes.'),
  }),
)

export const challenge = closed({
  difficulty: setting(whole(1, 28), 'How many bits of a SHA-256 have to be zero: each more doubles the work. Default 16, which is 65,536 hashes on the average: well below a second on a computer of today, about one on a telephone. 18 is four times that. Hazard: above 20, old telephones take minutes.'),
  secret: described(checked((text) => (text.length < 32 ? 'is shorter than 32 characters' : undefined)), 'What challenges and passes are signed with, at least 32 characters; `openssl rand -base64 32` makes one. All processes that serve the same hosts need the same. Another one ends all passes.'),
  ttl: setting(v.pipe(duration, v.check((ms) => ms >= 60_000, 'must be at least "1m"')), 'How long a solved challenge holds. Default "1d".'),
  exempt: setting(
    closed({
      path: setting(v.array(pathGlob), 'Paths, `*` standing for any run of characters; every reading of the path must fit one. Files that other sites or programs fetch: `/robots.txt`, `/.well-known/*`, feeds.'),
      ip: setting(v.array(cidr), 'Client addresses or ranges, after trusted proxies.'),
      userAgent: setting(v.array(userAgentPart), 'Parts of the `User-Agent`, in any case of letters. Hazard: anybody can send them.'),
    }),
    'Requests that pass without: each entry by itself lets pass.',
  ),
  verifiedBots: setting(verifiedBots, 'Bots that pass without, by name: `{ "googlebot": { "userAgent": "Googlebot", "ip": ["66.249.64.0/19"] } }`. Only where both fit.'),
})
