// A token of SQL. Kinds are letters, of which fingerprints are made.

/** What a token is. */
export type Kind =
  | 'k' | 'U' | 'B' | 'E' | 't' | 'f' | 'n' | '1' | 'v' | 's' | 'o' | '&' | 'c' | 'A' | '(' | ')' | '{' | '}' | '.' | ',' | ':' | ';' | 'T' | '?' | 'X' | '\\'

export interface Token {
  kind: Kind
  /** Its beginning, up to {@link LONGEST_TEXT} characters. */
  text: string
  /** Where its text begins. */
  at: number
  /** Of a string: what it was opened and closed with; '' where nothing stands. */
  open: string
  close: string
}

/** More of a token is never looked at. */
export const LONGEST_TEXT = 31

export function tokenOf(kind: Kind, text: string, at: number, open = '', close = ''): Token {
  return { kind, text: text.slice(0, LONGEST_TEXT), at, open, close }
}

export function isArithmetic({ kind, text }: Token): boolean {
  return kind === 'o' && /^[*/+%-]$/.test(text)
}

export function isUnary({ kind, text }: Token): boolean {
  return kind === 'o' && /^(?:[+!~-]|!!|not)$/i.test(text)
}
