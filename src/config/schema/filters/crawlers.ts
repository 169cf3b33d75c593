// What an operator may say of `crawlers`.
import * as v from 'valibot'
import { CRAWLER_GROUPS, KNOWN_CRAWLERS } from '../../known-crawlers.js'
import { checked, closed, described, setting } from '../../shape.js'
import { nearest } from '../../suggest.js'
import { cidr } from '../texts.js'

const NAMES: readonly string[] = KNOWN_CRAWLERS.map(({ name }) => name)
const WORDS: readonly string[] = [...CRAWLER_GROUPS, ...NAMES]

function wordFault(text: string, known: readonly string[]): string | undefined {
  if (known.includes(text)) return undefined
  const near = known.find((word) => word.toLowerCase() === text.toLowerCase()) ?? nearest(text, known)
  return near === undefined ? `is neither a group (${CRAWLER_GROUPS.join(', ')}) nor a crawler that is known` : `is not known; did you mean "${near}"?`
}

const word = checked((text) => wordFault(text, WORDS))
const name = checked((text) => wordFault(text, NAMES))

export const crawlers = closed({
  deny: described(v.pipe(v.array(word), v.minLength(1, 'needs at least one group or crawler')), 'Groups ("ai-training", "ai-search", "ai-assistant", "search", "archive", "seo") and crawlers by name, such as "GPTBot".'),
  allow: setting(v.array(word), 'Groups and crawlers that pass all the same, such as one of a group that is denied. A name goes before a group, and `allow` before `deny`.'),
  status: setting(v.picklist([402, 403]), 'What they are refused with: 403, or 402 to say that access can be paid for. Default 403.'),
  robotsTxt: setting(v.boolean(), 'Whether `/robots.txt` is answered here, with those that are denied turned away and everybody else let in. Default false: the server\'s own. They may always read it, in either case.'),
  verified: setting(v.record(name, v.pipe(v.array(cidr), v.minLength(1, 'needs at least one range'))), 'Addresses or ranges that an operator publishes, by the crawler\'s name: who calls itself so from elsewhere is refused as well, even where the crawler is allowed.'),
})
