// A SecLang file as directives; what is not known is a fault with its line, and never skipped.
import { readActions } from './actions.js'
import { readComparison } from './comparison.js'
import type { Directive, Place } from './directive.js'
import { type RuleFault, Unreadable } from './fault.js'
import { logicalLines } from './lines.js'
import { selectedByText, selectedIds } from './selection.js'
import { readTargets } from './targets.js'
import { words } from './words.js'

/** A rule file: its name is for messages, and for the data files beside it. */
export interface RuleFile {
  readonly name: string
  readonly text: string
}

type Unplaced = Directive extends infer D ? (D extends Directive ? Omit<D, 'place'> : never) : never

export function parseRules({ name: file, text }: RuleFile, faults: RuleFault[]): Directive[] {
  return logicalLines(text).flatMap((line) => {
    const place: Place = { file, line: line.line }
    try {
      return [{ ...readDirective(words(line.text)), place }]
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      faults.push({ place, message: error.message })
      return []
    }
  })
}

function readDirective([directive = '', ...args]: string[]): Unplaced {
  const name = directive.toLowerCase()
  const [first = '', second = '', third = ''] = args
  switch (name) {
    case 'secrule':
      expectArgs(directive, args, 2, 3)
      return { kind: 'rule', targets: readTargets(first), comparison: readComparison(second), actions: readActions(third) }
    case 'secaction':
      expectArgs(directive, args, 1, 1)
      return { kind: 'action', actions: readActions(first) }
    case 'secdefaultaction':
      expectArgs(directive, args, 1, 1)
      return { kind: 'defaults', actions: readActions(first) }
    case 'secmarker':
      expectArgs(directive, args, 1, 1)
      return { kind: 'marker', name: first }
    case 'secruleremovebyid':
      expectArgs(directive, args, 1, Infinity)
      return { kind: 'remove', selection: selectedIds(args.join(' ')) }
    case 'secruleremovebytag':
    case 'secruleremovebymsg':
      expectArgs(directive, args, 1, 1)
      return { kind: 'remove', selection: selectedByText(name.endsWith('tag') ? 'tag' : 'msg', first) }
    case 'secruleupdatetargetbyid':
      expectArgs(directive, args, 2, 2)
      return { kind: 'retarget', selection: selectedIds(first), targets: listedTargets(second) }
    case 'secruleupdatetargetbytag':
    case 'secruleupdatetargetbymsg':
      expectArgs(directive, args, 2, 2)
      return { kind: 'retarget', selection: selectedByText(name.endsWith('tag') ? 'tag' : 'msg', first), targets: listedTargets(second) }
    case 'secruleupdateactionbyid':
      expectArgs(directive, args, 2, 2)
      return { kind: 'react', selection: selectedIds(first), actions: readActions(second) }
    default:
      if (!name.startsWith('sec')) throw new Unreadable(`"${directive}" is no directive of SecLang`)
      return { kind: 'setting', name, value: args.join(' ') }
  }
}

/** Targets of updates may be parted by commas as well. */
function listedTargets(text: string): ReturnType<typeof readTargets> {
  return readTargets(text.replace(/,(?=[!&]?[A-Z_]+(?::|$|[,|]))/gi, '|'))
}

function expectArgs(directive: string, args: readonly string[], least: number, most: number): void {
  if (args.length >= least && args.length <= most) return
  throw new Unreadable(`${directive} has ${args.length} arguments, and takes ${least === most ? least : most === Infinity ? `${least} or more` : `${least} to ${most}`}`)
}
