// The engine of an expression: the platform's where it was proven to be quick with it, and otherwise one whose time is linear in the text.
import { RE2JS } from 're2js'
import { isChecked } from './checked.js'
import { emitPattern } from './emit.js'
import { parsePattern } from './parse.js'
import type { Node } from './syntax.js'

/** An expression that can be asked of texts whose characters are bytes. */
export interface PatternMatcher {
  readonly test: (text: string) => boolean
  /** The match and its groups, those that took no part as ''; undefined without a match. */
  readonly groups: (text: string) => readonly string[] | undefined
  /** Makes the engines, which the first text would have to wait for. */
  readonly prepare: () => void
}

/** A longer text is never given to an engine that goes back over it, whatever the expression. */
const LONGEST_FOR_BACKTRACKING = 4096

/** Neither engine is made before it is needed: a request meets few of a rule set's expressions. */
export function patternMatcher(source: string, node: Node = parsePattern(source)): PatternMatcher {
  return isChecked(source) ? eitherMatcher(node) : linearMatcher(node)
}

function eitherMatcher(node: Node): PatternMatcher {
  const linear = linearMatcher(node)
  let regex: RegExp | undefined
  const quick = (): RegExp => (regex ??= new RegExp(emitPattern(node)))
  return {
    test: (text) => (text.length > LONGEST_FOR_BACKTRACKING ? linear.test(text) : quick().test(text)),
    groups: (text) => (text.length > LONGEST_FOR_BACKTRACKING ? linear.groups(text) : filled(quick().exec(text))),
    prepare: () => void quick().test(''),
  }
}

function filled(match: RegExpExecArray | null): readonly string[] | undefined {
  return match ? Array.from(match, (group: string | undefined) => group ?? '') : undefined
}

function linearMatcher(node: Node): PatternMatcher {
  let compiled: RE2JS | undefined
  const engine = (): RE2JS => (compiled ??= RE2JS.compile(emitPattern(node)))
  return {
    test: (text) => engine().test(text),
    groups: (text) => {
      const matcher = engine().matcher(text)
      return matcher.find() ? Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? '') : undefined
    },
    prepare: () => void engine().test(''),
  }
}
