// What an operator may say of how the names of targets are resolved.
import * as v from 'valibot'
import { parseAddress } from '../../http/address.js'
import { parseHost } from '../../http/host.js'
import { checked, closed, duration, setting } from '../shape.js'

function serverFault(text: string): string | undefined {
  const address = parseHost(text)?.name ?? text
  return parseAddress(address.replace(/^\[|\]$/g, '')) ? undefined : 'is not an address such as "10.0.0.2", "10.0.0.2:5353" or "[2001:db8::2]:53"'
}

/** How names of targets become addresses. */
export const resolver = v.pipe(
  closed({
    servers: setting(
      v.pipe(v.array(checked(serverFault)), v.minLength(1, 'needs at least one server')),
      'DNS servers to ask in turn, each an address with or without a port. Names are asked for as they are written, without search domains; the hosts file and `localhost` count first. Default: as the machine resolves names.',
    ),
    minTtl: setting(duration, 'How long an answer is kept at least, and how long it takes at most until a name that did not resolve is asked for again. Default "1s".'),
    maxTtl: setting(duration, 'How long an answer is kept at most, whatever its own lifetime. Default "60s".'),
  }),
  v.check(({ minTtl = 1000, maxTtl = 60_000 }) => minTtl <= maxTtl, '"minTtl" must not be above "maxTtl" (defaults "1s" and "60s")'),
)
