// What an operator may say of the size of requests.
import * as v from 'valibot'
import { closed, described, setting, size } from '../../shape.js'
import { whole } from '../numbers.js'

const FEW = 1_000_000

/** Settings of the filter `limits`. */
export const limits = v.pipe(
  described(
    closed({
      url: setting(size, 'Longest request target, in bytes as they were sent: path and query. Longer ones are refused with 414. Default: none; the runtime has a limit on the whole head.'),
      headers: setting(size, 'Largest header section: each line counts with its name, its value, and four bytes for what stands between and behind them. Refused with 431. Default: none. Each runtime has a limit of its own for heads, between 16 and 64 KiB (see [runtimes.md](runtimes.md)), which this one can only tighten.'),
      headerCount: setting(whole(1, FEW), 'Most header lines, refused with 431. Default: none. Bun native, Deno native and Workers join lines of one name before they are counted.'),
      body: setting(size, 'Largest body, refused with 413: at once where its length is declared, before the server is asked; where it is not, the request is broken off when it is passed, and the server never gets more than this. Default: none. Hazard: counts bytes as they are sent, so a compressed body may be unpacked to a thousand times its size by the server. Messages of a WebSocket are not counted.'),
      minRate: setting(v.pipe(size, v.minValue(1, 'must be at least "1B"')), 'Least bytes in a second that a client must send of a body. One that falls behind by more than ten seconds is answered with 408. Only the time counts for which the client is waited for, not that for which the server takes nothing; a client that sends nothing at all is ended by `timeout.idle`. Default: none. Hazard: a client on a bad line is cut off like an attacker; 240B is what other servers take. For heads there is `listen.headers`, for clients that are slow to read `listen.idle`.'),
      args: setting(whole(0, FEW), 'Most parameters in the query, refused with 414, and in a body of type `application/x-www-form-urlencoded`, refused with 413 and counted while it passes; one with `Content-Encoding` with 403. Divided at `&` and at `;`, where some servers divide as well. Parts of `multipart/form-data` are not counted. Default: none.'),
      jsonDepth: setting(whole(1, FEW), 'How deep arrays and objects may be nested in a body of type `application/json` or `…+json`; a number alone has depth 0, `[[1]]` has 2. Checked while the body passes, without keeping it; refused with 413, and the server never gets the piece that goes deeper. A JSON body with `Content-Encoding` or in another charset than UTF-8 cannot be looked into and is refused with 403. Default: none. Hazard: a server that takes JSON of any type, or other grammars such as JSON5 for JSON, is not guarded.'),
    }),
    'Sizes above which requests are refused.',
  ),
  v.check((limits) => Object.keys(limits).length > 0, 'must hold at least one limit'),
)
