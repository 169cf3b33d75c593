// Texts that an expression matches, or begins to: what an attacker would try first.
import type { Node } from '../../src/waf/patterns/syntax.js'

/** A text that matches, by the dice: small numbers of repetitions, any option, any byte of a set. */
export function sampleMatch(node: Node, dice: () => number): string {
  switch (node.kind) {
    case 'empty':
    case 'assertion':
      return ''
    case 'set': {
      const within = bytesOf(node.bytes)
      return within.length === 0 ? '' : String.fromCharCode(within[Math.floor(dice() * within.length)]!)
    }
    case 'group':
      return sampleMatch(node.of, dice)
    case 'sequence':
      return node.parts.map((part) => sampleMatch(part, dice)).join('')
    case 'choice':
      return sampleMatch(node.options[Math.floor(dice() * node.options.length)]!, dice)
    case 'repeat': {
      const most = Math.min(node.max, node.min + 3)
      const times = node.min + Math.floor(dice() * (most - node.min + 1))
      return Array.from({ length: times }, () => sampleMatch(node.of, dice)).join('')
    }
  }
}

/** Bytes at which the sets of an expression begin and end: every set is met by some of them. */
export function edgeBytes(node: Node, into = new Set<number>()): ReadonlySet<number> {
  if (node.kind === 'set') {
    for (let byte = 0; byte < 256; byte++) if (node.bytes[byte] && (!node.bytes[byte - 1] || !node.bytes[byte + 1])) into.add(byte)
  } else if (node.kind === 'group' || node.kind === 'repeat') edgeBytes(node.of, into)
  else if (node.kind === 'sequence') for (const part of node.parts) edgeBytes(part, into)
  else if (node.kind === 'choice') for (const option of node.options) edgeBytes(option, into)
  return into
}

function bytesOf(bytes: Uint8Array): number[] {
  return Array.from(bytes.keys()).filter((byte) => bytes[byte] === 1)
}
