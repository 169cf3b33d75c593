// The texts and numbers that several parts of the configuration take.
import * as v from 'valibot'
import { parseCidr } from '../../http/address.js'
import { headFault } from '../../http/framing.js'
import { isToken } from '../../http/tokens.js'
import { hostPatternFault } from '../host-pattern.js'
import { pathPatternFault } from '../path-pattern.js'
import { checked } from '../shape.js'
import { templateFault } from '../template.js'

/** An address or a range of addresses. */
export const cidr = checked((text) => (parseCidr(text) ? undefined : 'is not an address or a range such as "10.0.0.0/8" or "2001:db8::/32"'))
/** A host, or `*.` and a host. */
export const hostPattern = checked(hostPatternFault)
/** A path in the grammar of the router. */
export const pathPattern = checked(pathPatternFault)
export const methodName = checked((text) => (isToken(text) ? undefined : 'is not a method'))
export const fieldName = checked((text) => (isToken(text) ? undefined : 'is not a header name'))
/** A header's value, variables allowed. */
export const fieldValueText = checked((text) => {
  const fault = headFault('GET', ['x', text])
  if (fault !== undefined) return `has ${fault}`
  // What no runtime's header writer takes would fail each request instead.
  return /[^\t\x20-\x7e\x80-\xff]/.test(text) ? 'has a character that a header cannot carry; write Latin-1 text' : templateFault(text)
})
/** A Redis server. */
export const redisUrl = checked((text) => (/^rediss?:\/\/[^\s/]+(\/\d+)?$/.test(text) ? undefined : 'is not a URL such as "redis://127.0.0.1:6379/0"'))
/** A share relative to others. */
export const weight = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0), v.maxValue(256))

/** The beginning of a path, whole segments. */
export const pathPrefix = checked((text) => (/^\/[^*:?#]*$/.test(text) ? pathPatternFault(text) : 'is not a path prefix such as "/api"'))
