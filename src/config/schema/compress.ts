// What an operator may say of compression.
import * as v from 'valibot'
import { checked, closed, setting, size } from '../shape.js'
import { whole } from './numbers.js'

const mediaTypes = checked((text) => (/^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/.test(text) ? undefined : 'is not a media type such as "text/html", "text/*" or "application/*+json"'))

/** Compression of answers. */
export const compress = v.union([
  v.boolean(),
  closed({
    encodings: setting(
      v.pipe(v.array(v.picklist(['zstd', 'br', 'gzip'])), v.minLength(1, 'needs at least one encoding')),
      'Codings, those that are preferred first where a client takes several alike. Default ["zstd", "br", "gzip"]. One that the runtime has not is left out: zstd on Node below 22.15, all but gzip on Workers.',
    ),
    minSize: setting(size, 'Answers of fewer bytes go as they are; one that does not tell its length counts as large. Default "1KiB".'),
    types: setting(
      v.pipe(v.array(mediaTypes), v.minLength(1, 'needs at least one type')),
      'Media types that are compressed, `*` for anything: "text/html", "text/*", "application/*+json". Default: text, JSON, XML, JavaScript, SVG, WebAssembly, uncompressed fonts and their like. Never event streams and gRPC.',
    ),
    level: setting(
      closed({
        zstd: setting(whole(1, 19), 'Default 3.'),
        br: setting(whole(0, 11), 'Default 4. Hazard: from 9 on it takes ten times the time and more.'),
        gzip: setting(whole(1, 9), 'Default 6. Workers have a level of their own.'),
      }),
      'How much work is put into each coding where an answer is for one client.',
    ),
    store: setting(v.boolean(), 'Whether a route with a cache stores what it compresses: each body once in each coding, beside the body as it came. Default true. False saves room, and compresses each hit anew.'),
    storedLevel: setting(
      closed({
        zstd: setting(whole(1, 19), 'Default 9.'),
        br: setting(whole(0, 11), 'Default 6. Hazard: from 9 on, who asks first waits ten times as long and more.'),
        gzip: setting(whole(1, 9), 'Default 6. Workers have a level of their own.'),
      }),
      'The same for what is stored, which is made once for many. Never below `level`.',
    ),
  }),
])
