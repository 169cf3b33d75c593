// Texts of which every match of an expression has at least one: where none of them is, the expression need not be tried.
import type { ByteSet, Node } from './syntax.js'

/** More alternatives than this tell too little to be worth their place. */
const MOST_LITERALS = 256
const MOST_EXACT = 32
const LONGEST = 16
const WIDEST_SET = 12

interface Known {
  /** All that a match can be, when that is little. */
  readonly exact: readonly string[] | undefined
  /** Of these a match has at least one. */
  readonly required: readonly string[] | undefined
}

const UNKNOWN: Known = { exact: undefined, required: undefined }

/** The texts, in lower case; undefined when there are none that would help. */
export function requiredLiterals(node: Node): readonly string[] | undefined {
  const required = requirementOf(knownOf(node))
  return required && required.length <= MOST_LITERALS ? shortest(required) : undefined
}

function knownOf(node: Node): Known {
  switch (node.kind) {
    case 'empty':
    case 'assertion':
      return { exact: [''], required: undefined }
    case 'set':
      return { exact: node.letter === undefined ? members(node.bytes) : [node.letter], required: undefined }
    case 'group':
      return knownOf(node.of)
    case 'choice':
      return choice(node.options.map(knownOf))
    case 'sequence':
      return sequence(node.parts.map(knownOf))
    case 'repeat':
      return repeat(knownOf(node.of), node.min, node.max)
  }
}

function members(bytes: ByteSet): readonly string[] | undefined {
  const found = new Set<string>()
  for (let byte = 0; byte < 256; byte++) {
    if (!bytes[byte]) continue
    found.add(String.fromCharCode(byte).replace(/[A-Z]/, (letter) => letter.toLowerCase()))
    if (found.size > WIDEST_SET) return undefined
  }
  return [...found]
}

function repeat(of: Known, min: number, max: number): Known {
  if (min === 0) return { exact: max === 1 && of.exact ? distinct([...of.exact, '']) : undefined, required: undefined }
  if (min === 1 && max === 1) return of
  return { exact: undefined, required: requirementOf(of) }
}

function choice(options: readonly Known[]): Known {
  const exact = options.every((each) => each.exact) ? distinct(options.flatMap((each) => each.exact!)) : undefined
  if (exact && exact.length <= MOST_EXACT) return { exact, required: undefined }
  const required = options.map(requirementOf)
  if (!required.every((each) => each !== undefined)) return UNKNOWN
  return { exact: undefined, required: distinct(required.flat()) }
}

function sequence(parts: readonly Known[]): Known {
  let run: readonly string[] = ['']
  let whole = true
  let best: readonly string[] | undefined
  const settle = (candidate: readonly string[] | undefined): void => {
    if (candidate && weight(candidate) > weight(best)) best = candidate
  }
  for (const part of parts) {
    const longer = part.exact && product(run, part.exact)
    if (longer) {
      run = longer
      continue
    }
    whole = false
    settle(usable(run))
    settle(requirementOf(part))
    run = part.exact ?? ['']
  }
  settle(usable(run))
  return { exact: whole ? run : undefined, required: best }
}

function product(left: readonly string[], right: readonly string[]): readonly string[] | undefined {
  if (left.length * right.length > MOST_EXACT) return undefined
  if (left.length === 1 && right.length === 1) return left[0]!.length + right[0]!.length > LONGEST ? undefined : [left[0]! + right[0]!]
  const joined = distinct(left.flatMap((head) => right.map((tail) => head + tail)))
  return joined.some((text) => text.length > LONGEST) ? undefined : joined
}

function requirementOf({ exact, required }: Known): readonly string[] | undefined {
  const own = exact && usable(exact)
  return weight(own) > weight(required) ? own : required
}

function usable(exact: readonly string[]): readonly string[] | undefined {
  return exact.includes('') ? undefined : exact
}

/** Long texts are seldom met, and few of them more seldom than many. */
function weight(literals: readonly string[] | undefined): number {
  if (!literals || literals.length > MOST_LITERALS) return 0
  const shortestLength = Math.min(...literals.map((text) => text.length))
  return Math.min(shortestLength, 6) * 16 - Math.min(literals.length / 16, 12)
}

/** Where `ab` is looked for, `cabd` adds nothing. */
function shortest(literals: readonly string[]): readonly string[] {
  const byLength = [...literals].sort((a, b) => a.length - b.length)
  return byLength.filter((text, index) => !byLength.slice(0, index).some((other) => text.includes(other)))
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
