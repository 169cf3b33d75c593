// What an operator may say of tags that the gateway makes, and of hints before answers.
import * as v from 'valibot'
import { checked, closed, setting, size } from '../shape.js'

/** Tags made from bodies. */
export const etag = v.union([
  v.boolean(),
  closed({
    maxSize: setting(size, 'Largest body that gets a tag. It is in memory until it is whole, and its first byte waits for the last; one that does not tell its length passes at once, without a tag. Default "256KiB".'),
  }),
])

const hint = checked((text) => (/^<[^<>"\s,]+>(?:;\s?[a-z]+(?:="?[\w/+.-]+"?)?)+$/i.test(text) && /;\s?rel="?(?:preload|preconnect|modulepreload)\b/i.test(text) ? undefined : 'is not a link such as "</app.css>; rel=preload; as=style"'))

/** Interim answers that name what a page will need. */
export const earlyHints = v.union([
  v.boolean(),
  closed({
    learn: setting(
      v.boolean(),
      'Whether the `Link` fields of the last answer for a URL become hints of the next: `preload`, `preconnect` and `modulepreload` of the page\'s own origin, from answers that are for everybody. Default true.',
    ),
    links: setting(v.array(hint), 'Links that are hinted at for every page of the route: "</app.css>; rel=preload; as=style". They may name other origins. Default: none.'),
  }),
])
