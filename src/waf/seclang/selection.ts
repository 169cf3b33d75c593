// Which rules a directive is about: ids and ranges of ids, or a regular expression over tags or messages.
import type { Selection } from './directive.js'
import { Unreadable } from './fault.js'

export function selectedIds(text: string): Selection {
  const ranges = text.split(/[\s,]+/).filter((each) => each !== '').map((each): [number, number] => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(each) ?? []
    if (from === undefined) throw new Unreadable(`"${each}" is no id of a rule, and no range such as 942100-942200`)
    return [Number(from), Number(to ?? from)]
  })
  return { by: 'id', ranges }
}

export function selectedByText(by: 'tag' | 'msg', pattern: string): Selection {
  return { by, pattern }
}

/** What of a rule a selection looks at. */
export interface Selectable {
  readonly id: number
  readonly tags: readonly string[]
  readonly message: string | undefined
}

export function isSelected({ id, tags, message }: Selectable, selection: Selection): boolean {
  if (selection.by === 'id') return selection.ranges.some(([from, to]) => id >= from && id <= to)
  const texts = selection.by === 'tag' ? tags : message === undefined ? [] : [message]
  return texts.some((text) => text.includes(selection.pattern))
}
