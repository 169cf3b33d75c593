// What an operator may say of edge includes.
import * as v from 'valibot'
import { closed, setting, size } from '../shape.js'
import { whole } from './numbers.js'
import { fieldValueText } from './texts.js'

/** Fragments that are put into pages. */
export const esi = v.union([
  v.boolean(),
  closed({
    when: setting(v.picklist(['html', 'surrogate-control']), 'Which answers are templates: "html" (default) for all of that type, "surrogate-control" for those of them that ask for it by `Surrogate-Control: content="ESI/1.0"`. Hazard of "html": tags in text that users have written are followed wherever a server does not escape `<`.'),
    maxIncludes: setting(whole(1, 1000), 'Fragments of one page, with those that they include. Default 64.'),
    maxDepth: setting(whole(1, 10), 'How deep fragments may include others, by routes with `esi` of their own. Default 3.'),
    maxSize: setting(size, 'Of the fragments of one page together. Default "16MiB". What goes beyond breaks the page off.'),
    cacheControl: setting(fieldValueText, '`Cache-Control` of the page. Default "private, no-cache": it is made for one client, whatever its template says of itself.'),
  }),
])
