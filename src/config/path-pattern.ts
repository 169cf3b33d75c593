// The path patterns an operator may write: the part of itty-router's grammar that means what it looks like.
import { canonicalPath } from '../http/target.js'

const LITERAL = /^[A-Za-z0-9\-._~%!&',;=@]+$/
const PARAMETER = /^:[A-Za-z_]\w*(?:\.[A-Za-z0-9]+)?$/
const REST = /^:[A-Za-z_]\w*\+$/

/**
 * What is wrong with a path pattern, or undefined. A pattern is `/`-separated segments: literal text, `:name` for one
 * segment, `:name+` for one or more at the end, and `*` for anything, none included. itty-router would hand any other
 * character to a regular expression as it stands; and since two wildcards can make matching quadratic in the length
 * of a hostile path, one is allowed.
 */
export function pathPatternFault(pattern: string): string | undefined {
  if (!pattern.startsWith('/')) return 'must start with "/"'
  const segments = pattern.slice(1).split('/')
  const seen = new Set<string>()
  let wildcards = 0
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1
    if (segment === '*') wildcards++
    else if (segment.startsWith(':')) {
      const name = /^:\w*/.exec(segment)![0]
      if (seen.has(name)) return `has two parameters called "${name}"`
      seen.add(name)
      if (REST.test(segment)) {
        wildcards++
        if (!last) return `has "${segment}" before the end; a parameter with "+" takes the rest of the path`
      } else if (!PARAMETER.test(segment)) return `has the malformed parameter "${segment}"`
    } else if (segment === '' ? !last : !LITERAL.test(segment)) return segmentFault(segment)
  }
  if (wildcards > 1) return 'has more than one wildcard'
  const literal = pattern.replace(/:\w+\+?|\*/g, 'x')
  const canonical = canonicalPath(literal)
  if (canonical !== literal) return canonical === undefined ? 'has a malformed percent-encoding' : `is never matched as written; paths are compared in canonical form, as in "${canonical}"`
  return undefined
}

function segmentFault(segment: string): string {
  if (segment === '') return 'has an empty segment'
  if (segment.includes('*')) return `has "*" inside the segment "${segment}"; a wildcard stands for whole segments`
  return `has a character that has no meaning in a path pattern, in "${segment}"`
}
