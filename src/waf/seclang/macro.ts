// Texts of rules with `%{…}` in them.

/** `%{TX.name}`: a variable, or a member of a collection. */
export interface Reference {
  /** Upper case. */
  readonly variable: string
  /** Lower case. */
  readonly key: string | undefined
}

/** A text in pieces: what stands there as it is, and what is put in. */
export type Macro = readonly (string | Reference)[]

export function readMacro(text: string): Macro {
  const pieces: (string | Reference)[] = []
  let kept = 0
  for (const found of text.matchAll(/%\{([a-z_0-9]+)(?:[.:]([^}]*))?\}/gi)) {
    if (found.index > kept) pieces.push(text.slice(kept, found.index))
    pieces.push({ variable: found[1]!.toUpperCase(), key: found[2]?.toLowerCase() })
    kept = found.index + found[0].length
  }
  if (kept < text.length || pieces.length === 0) pieces.push(text.slice(kept))
  return pieces
}

/** The text of a macro in which nothing is put in; undefined for others. */
export function constantText(macro: Macro): string | undefined {
  return macro.length === 1 && typeof macro[0] === 'string' ? macro[0] : undefined
}
