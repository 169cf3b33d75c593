// What an operator may say of files that a route serves.
import * as v from 'valibot'
import { checked, closed, described, setting } from '../shape.js'
import { fieldValueText } from './texts.js'

const root = checked((text) => (text === '' || text.includes('\0') ? 'is not the path of a folder' : undefined))

const fileName = checked((text) => (/^[^/\\\0]+$/.test(text) && text !== '.' && text !== '..' ? undefined : 'is not the name of a file such as "index.html"'))

const extension = checked((text) => (/^[\w-]+(\.[\w-]+)*$/.test(text) ? undefined : 'is not an extension such as "html"'))

const pathBelow = checked((text) => (/^\/[^\\\0]*[^/\\\0]$/.test(text) && !/\/\.{0,2}(\/|$)/.test(text) ? undefined : 'is not the path of a file below the root, such as "/index.html"'))

/** Files of a route. */
export const files = v.union([
  root,
  closed({
    root: described(root, 'The folder. A relative one is seen from where the gateway was started. It has to be there at start, and may be neither `/` nor the home of the user. What links inside it lead to is served only where that lies in it as well.'),
    index: setting(v.union([v.array(fileName), v.literal(false)]), 'What is served for a folder, the first that is there. Default ["index.html"]. A path of such a folder without its slash is redirected; folders are never listed. false: none.'),
    extensions: setting(v.array(extension), 'Endings that a path may be without: with ["html"], `/about` is `about.html` where nothing is called `about`. Default: none.'),
    fallback: setting(pathBelow, 'File that is served with 200 for what is not there when somebody opens a page, for an application that reads the path itself: "/index.html". By `Sec-Fetch-Mode: navigate`, or an `Accept` that names text/html; what pages load gets 404. Default: none.'),
    notFound: setting(pathBelow, 'File that is served with 404 for what is not there: "/404.html". Default: the page of the gateway.'),
    precompressed: setting(v.union([v.boolean(), v.pipe(v.array(v.picklist(['zstd', 'br', 'gzip'])), v.minLength(1, 'needs at least one coding'))]), 'Whether `app.js.zst`, `app.js.br` and `app.js.gz` are sent for `app.js` to clients that take them: true, or the codings, those that are preferred first. Default false. Hazard: nothing tells that one of them is older than its file.'),
    cacheControl: setting(fieldValueText, '`Cache-Control` of the files: "public, max-age=31536000, immutable" for those whose names change with what is in them. Default: none, and browsers keep files for a time that they choose by `Last-Modified`. What stands for something else goes with "no-cache".'),
    hidden: setting(v.boolean(), 'Whether names that begin with a dot are served too. Default false: nothing is there then but what lies in `/.well-known`. Hazard: `.git` and `.env` give away more than any page.'),
  }),
])
