// The tree of an expression as source that JavaScript and RE2 read alike: bytes by number, no flags, no shorthand.
import type { ByteSet, Node } from './syntax.js'

/** Source for `RegExp` without flags, and for RE2, over texts whose characters are bytes. */
export function emitPattern(node: Node): string {
  return leadingStar(node) ? `^${emit(node)}` : emit(node)
}

/** `.*` ahead matches from the first byte on or not at all: said, it saves a search from each further one. PCRE does it unasked. */
function leadingStar(node: Node): boolean {
  const first = node.kind === 'sequence' ? node.parts[0]! : node
  return first.kind === 'repeat' && first.min === 0 && first.max === Infinity && first.of.kind === 'set' && first.of.bytes.every((within) => within === 1)
}

function emit(node: Node): string {
  switch (node.kind) {
    case 'empty':
      return '(?:)'
    case 'set':
      return emitSet(node.bytes)
    case 'sequence':
      return node.parts.map((part) => (part.kind === 'choice' ? `(?:${emit(part)})` : emit(part))).join('')
    case 'choice':
      return node.options.map((option) => (option.kind === 'empty' ? '' : emit(option))).join('|')
    case 'repeat':
      return `${emitAtom(node.of)}${quantifier(node.min, node.max)}${node.lazy ? '?' : ''}`
    case 'group':
      return `(${emit(node.of)})`
    case 'assertion':
      return node.of
  }
}

function emitAtom(node: Node): string {
  return node.kind === 'set' || node.kind === 'group' ? emit(node) : `(?:${emit(node)})`
}

function quantifier(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  if (min === 0 && max === 1) return '?'
  return min === max ? `{${min}}` : `{${min},${max}}`
}

function emitSet(bytes: ByteSet): string {
  const ranges: string[] = []
  let count = 0
  for (let from = 0; from < 256; from++) {
    if (!bytes[from]) continue
    let to = from
    while (to < 255 && bytes[to + 1]) to++
    count += to - from + 1
    ranges.push(to === from ? emitByte(from) : `${emitByte(from)}-${emitByte(to)}`)
    from = to
  }
  return count === 1 ? ranges[0]! : `[${ranges.join('')}]`
}

function emitByte(byte: number): string {
  const char = String.fromCharCode(byte)
  return /[a-z0-9_ ]/i.test(char) ? char : `\\x${byte.toString(16).padStart(2, '0')}`
}
