// Structured fields: lists and dictionaries, read by the letter (RFC 9651 §4.2).

/** A token; a type of its own, because a token and a string of the same letters are different values. */
export interface Token {
  readonly token: string
}

/** An item without its parameters. Integers are numbers; what no field here uses (decimals, bytes, dates) keeps its text. */
export type Item = string | number | boolean | Token | { readonly other: string }

export type Member = Item | readonly Item[]

/** A dictionary by key, or undefined: one error makes the whole field void. The last of a repeated key counts (§4.2.2). */
export function parseDictionary(text: string): ReadonlyMap<string, Member> | undefined {
  const reader = new Reader(text)
  const members = new Map<string, Member>()
  const read = reader.members(() => {
    const key = reader.take(KEY)
    if (key === undefined) return false
    const member = reader.take(EQUALS) === undefined ? true : reader.member()
    if (member === undefined || !reader.parameters()) return false
    members.delete(key)
    members.set(key, member)
    return true
  })
  return read ? members : undefined
}

/** A list, or undefined when there is an error anywhere in it. */
export function parseList(text: string): readonly Member[] | undefined {
  const reader = new Reader(text)
  const members: Member[] = []
  const read = reader.members(() => {
    const member = reader.member()
    if (member === undefined || !reader.parameters()) return false
    members.push(member)
    return true
  })
  return read ? members : undefined
}

/** The strings among the members of a list. */
export function stringsOf(members: readonly Member[]): string[] {
  return members.filter((member) => typeof member === 'string')
}

const KEY = /[a-z*][a-z0-9_.*-]*/y
const EQUALS = /=/y
const COMMA = /[ \t]*,[ \t]*/y
const SPACES = / */y
const OPEN = /\(/y
const CLOSE = /\)/y
const SEMICOLON = /; */y
/** One alternative for each type: string, token, boolean, decimal, integer, bytes, date, display string. */
const BARE = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"|([A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*)|\?([01])|(-?\d{1,12}\.\d{1,3})|(-?\d{1,15})(?![\d.])|(:[A-Za-z0-9+/=]*:|@-?\d{1,15}|%"[\x20\x21\x23-\x7e]*")/y

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text.replace(/^ +| +$/g, '')
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (!match) return undefined
    this.#at = pattern.lastIndex
    return match[0]
  }

  /** Members with commas between them, none at the end; `readOne` tells whether it could read one. */
  members(readOne: () => boolean): boolean {
    if (this.#text === '') return true
    while (readOne()) {
      if (this.#at === this.#text.length) return true
      if (this.take(COMMA) === undefined) return false
    }
    return false
  }

  member(): Member | undefined {
    if (this.take(OPEN) === undefined) return this.#bare()
    const items: Item[] = []
    for (;;) {
      const spaces = this.take(SPACES)
      if (this.take(CLOSE) !== undefined) return items
      if (items.length > 0 && spaces === '') return undefined
      const item = this.#bare()
      if (item === undefined || !this.parameters()) return undefined
      items.push(item)
    }
  }

  /** Skips parameters; no field that is read here has any that matter. */
  parameters(): boolean {
    while (this.take(SEMICOLON) !== undefined) {
      if (this.take(KEY) === undefined) return false
      if (this.take(EQUALS) !== undefined && this.#bare() === undefined) return false
    }
    return true
  }

  #bare(): Item | undefined {
    BARE.lastIndex = this.#at
    const match = BARE.exec(this.#text)
    if (!match) return undefined
    this.#at = BARE.lastIndex
    const [all, string, token, boolean, , integer] = match
    if (string !== undefined) return string.replace(/\\(.)/g, '$1')
    if (token !== undefined) return { token }
    if (boolean !== undefined) return boolean === '1'
    return integer === undefined ? { other: all } : Number(integer)
  }
}
