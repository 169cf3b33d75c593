// SQL read token by token, with what several databases have of their own.
import { tokenOf, type Kind, LONGEST_TEXT, type Token } from './token.js'
import { kindOfWord } from './words.js'

/** How a text is read. */
export interface Reading {
  /** The quote that is thought to stand in front of it; '' for none. */
  readonly quote: '' | "'" | '"'
  /** `#` begins a comment, and `--` only where a space follows. */
  readonly mysql: boolean
}

const SPACE = /[\0-\x20\x7f\xa0]/
const WHITE = /[ \t\n\v\f\r\xa0\0]/
const WORD = /[^ [\]{}<>:\\?=@!#~+\-*/&|^%(),';\t\n\v\f\r"\xa0\0]*/y
const VARIABLE = /[^ <>:\\?=@!#~+\-*/&|^%(),';\t\n\v\f\r'`"]*/y
const MONEY = /[\d.,]*/y
const NUMBER = /\d*(?:\.\d*)?/y
const EXPONENT = /[eE][+-]?(\d*)/y
const SUFFIX = /[dDfF](?=$|[ \t\n\v\f\r\xa0\0;uU])/y
const RADIX = /0(?:[xX]([\da-fA-F]*)|[bB]([01]*))/y
const BITS = /[bB]'[01]*'/y
const HEX = /[xX]'[\da-fA-F]*'/y
const TAG = /\$([a-zA-Z]+)\$/y
const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' }

export class SqlTokenizer {
  /** How many tokens came so far. */
  count = 0
  /** Whether the other reading of comments might see something else. */
  ambiguous = false
  readonly #text: string
  readonly #reading: Reading
  #at = 0

  constructor(text: string, reading: Reading) {
    this.#text = text
    this.#reading = reading
  }

  next(): Token | undefined {
    if (this.#at === 0 && this.#reading.quote !== '' && this.#text !== '') return this.#counted(this.#string(this.#reading.quote, 0, ''))
    while (this.#at < this.#text.length) {
      const token = this.#token(this.#text[this.#at]!)
      if (token) return this.#counted(token)
    }
    return undefined
  }

  #counted(token: Token): Token {
    this.count++
    return token
  }

  #token(char: string): Token | undefined {
    switch (char) {
      case "'":
      case '"':
        return this.#string(char, 1, char)
      case '`':
        return this.#tick()
      case '#':
        return this.#hash()
      case '-':
        return this.#dash()
      case '/':
        return this.#slash()
      case '$':
        return this.#money()
      case '@':
        return this.#variable()
      case '\\':
        return this.#text[this.#at + 1] === 'N' ? this.#take('1', 2) : this.#take('\\', 1)
      case '(':
      case ')':
      case '{':
      case '}':
      case ',':
      case ';':
        return this.#take(char, 1)
      case '%':
      case '^':
      case '+':
      case '~':
        return this.#take('o', 1)
      case '&':
      case '*':
      case ':':
      case '<':
      case '=':
      case '>':
      case '|':
      case '!':
        return this.#operator()
      case '?':
      case ']':
        return this.#take('?', 1)
      case '[':
        return this.#bracketed()
      default:
        return this.#other(char)
    }
  }

  #other(char: string): Token | undefined {
    if (SPACE.test(char)) {
      this.#at++
      return undefined
    }
    if (/[\d.]/.test(char)) return this.#number()
    const quoted = this.#text[this.#at + 1] === "'" && this.#at + 2 < this.#text.length
    switch (char.toLowerCase()) {
      case 'b':
        return this.#literal(BITS) ?? this.#word()
      case 'x':
        return this.#literal(HEX) ?? this.#word()
      case 'e':
        return quoted ? this.#string("'", 2, "'") : this.#word()
      case 'n':
        return quoted ? this.#string("'", 2, "'") : (this.#oracleString(1) ?? this.#word())
      case 'q':
        return this.#oracleString(0) ?? this.#word()
      case 'u':
        return this.#unicodeString() ?? this.#word()
      default:
        return this.#word()
    }
  }

  #take(kind: Kind, length: number): Token {
    const token = tokenOf(kind, this.#text.slice(this.#at, this.#at + length), this.#at)
    this.#at += length
    return token
  }

  #length(pattern: RegExp, at: number): number {
    pattern.lastIndex = at
    return pattern.exec(this.#text)?.[0].length ?? 0
  }

  #literal(pattern: RegExp): Token | undefined {
    const length = this.#length(pattern, this.#at)
    return length === 0 ? undefined : this.#take('1', length)
  }

  #lineComment(): Token {
    const end = this.#text.indexOf('\n', this.#at)
    const token = this.#take('c', (end < 0 ? this.#text.length : end) - this.#at)
    if (end >= 0) this.#at++
    return token
  }

  #hash(): Token {
    this.ambiguous = true
    return this.#reading.mysql ? this.#lineComment() : this.#take('o', 1)
  }

  #dash(): Token {
    if (this.#text[this.#at + 1] !== '-') return this.#take('o', 1)
    const after = this.#text[this.#at + 2]
    if (after === undefined || WHITE.test(after)) return this.#lineComment()
    if (this.#reading.mysql) return this.#take('o', 1)
    this.ambiguous = true
    return this.#lineComment()
  }

  /** A comment within a comment, and one that MySQL runs, are read differently by databases: that alone is an attack. */
  #slash(): Token {
    if (this.#text[this.#at + 1] !== '*') return this.#take('o', 1)
    const end = this.#text.indexOf('*/', this.#at + 2)
    const nested = this.#text.indexOf('/*', this.#at + 2)
    const evil = (end >= 0 && nested >= 0 && nested < end) || this.#text[this.#at + 2] === '!'
    return this.#take(evil ? 'X' : 'c', (end < 0 ? this.#text.length : end + 2) - this.#at)
  }

  #operator(): Token {
    if (this.#text.startsWith('<=>', this.#at)) return this.#take('o', 3)
    const pair = this.#text.slice(this.#at, this.#at + 2)
    const kind = pair.length === 2 ? kindOfWord(pair) : undefined
    if (kind) return this.#take(kind, 2)
    return this.#take(pair.startsWith(':') && pair.length === 2 ? ':' : 'o', 1)
  }

  /** A string up to its quote, which is part of it when doubled or behind an odd number of backslashes. */
  #string(quote: string, skipped: number, open: string): Token {
    const start = this.#at + skipped
    let end = this.#text.indexOf(quote, start)
    while (end >= 0) {
      if (isEscaped(this.#text, start, end)) end = this.#text.indexOf(quote, end + 1)
      else if (this.#text[end + 1] === quote) end = this.#text.indexOf(quote, end + 2)
      else break
    }
    this.#at = end < 0 ? this.#text.length : end + 1
    return tokenOf('s', this.#text.slice(start, end < 0 ? undefined : end), start, open, end < 0 ? '' : quote)
  }

  /** `U&'…'`. */
  #unicodeString(): Token | undefined {
    if (!this.#text.startsWith("&'", this.#at + 1)) return undefined
    this.#at += 2
    const token = this.#string("'", 1, 'u')
    return { ...token, close: token.close === '' ? '' : 'u' }
  }

  /** `q'[…]'`, with `n` in front or without. */
  #oracleString(skipped: number): Token | undefined {
    const at = this.#at + skipped
    const [letter, quote, bracket] = this.#text.slice(at, at + 3)
    if (letter?.toLowerCase() !== 'q' || quote !== "'" || bracket === undefined || bracket.charCodeAt(0) < 33 || bracket.charCodeAt(0) > 127) return undefined
    const end = this.#text.indexOf(`${CLOSERS[bracket] ?? bracket}'`, at + 3)
    this.#at = end < 0 ? this.#text.length : end + 2
    return tokenOf('s', this.#text.slice(at + 3, end < 0 ? undefined : end), at + 3, 'q', end < 0 ? '' : 'q')
  }

  #bracketed(): Token {
    const end = this.#text.indexOf(']', this.#at)
    return this.#take('n', (end < 0 ? this.#text.length : end + 1) - this.#at)
  }

  /** A word of SQL in front of `.` or a tick is one by itself: `SELECT.1`. */
  #word(): Token {
    const length = this.#length(WORD, this.#at)
    const text = this.#text.slice(this.#at, this.#at + Math.min(length, LONGEST_TEXT))
    for (let end = text.search(/[.`]/); end >= 0; end = indexOfEither(text, end + 1)) {
      const kind = kindOfWord(text.slice(0, end))
      if (kind && kind !== 'n') return this.#take(kind, end)
    }
    return this.#take((length <= LONGEST_TEXT && kindOfWord(text)) || 'n', length)
  }

  /** MySQL's names in ticks; those of functions stay functions. */
  #tick(): Token {
    const token = this.#string('`', 1, '`')
    return { ...token, kind: kindOfWord(token.text) === 'f' ? 'f' : 'n' }
  }

  #variable(): Token {
    this.#at += this.#text[this.#at + 1] === '@' ? 2 : 1
    const char = this.#text[this.#at]
    if (char === '`' || char === "'" || char === '"') return { ...this.#string(char, 1, char), kind: 'v' }
    return this.#take('v', this.#length(VARIABLE, this.#at))
  }

  /** An amount; or what PostgreSQL has in dollars: `$$…$$` and `$tag$…$tag$`. */
  #money(): Token {
    if (this.#at + 1 === this.#text.length) return this.#take('n', 1)
    const digits = this.#length(MONEY, this.#at + 1)
    if (digits === 1 && this.#text[this.#at + 1] === '.') return this.#word()
    if (digits > 0) return this.#take('1', 1 + digits)
    const tag = this.#text[this.#at + 1] === '$' ? 2 : this.#length(TAG, this.#at)
    if (tag === 0) return this.#take('n', 1)
    const start = this.#at + tag
    const end = this.#text.indexOf(this.#text.slice(this.#at, start), start)
    this.#at = end < 0 ? this.#text.length : end + tag
    return tokenOf('s', this.#text.slice(start, end < 0 ? undefined : end), start, '$', end < 0 ? '' : '$')
  }

  #number(): Token {
    const radix = this.#length(RADIX, this.#at)
    if (radix > 0) return this.#take(radix === 2 ? 'n' : '1', radix)
    let length = this.#length(NUMBER, this.#at)
    if (length === 1 && this.#text[this.#at] === '.') return this.#take('.', 1)
    EXPONENT.lastIndex = this.#at + length
    const exponent = EXPONENT.exec(this.#text)
    length += exponent?.[0].length ?? 0
    length += this.#length(SUFFIX, this.#at + length)
    // `1234.e` is a word.
    return this.#take(exponent && exponent[1] === '' ? 'n' : '1', length)
  }
}

function isEscaped(text: string, start: number, quote: number): boolean {
  let at = quote - 1
  while (at >= start && text[at] === '\\') at--
  return (quote - 1 - at) % 2 === 1
}

function indexOfEither(text: string, from: number): number {
  const found = text.slice(from).search(/[.`]/)
  return found < 0 ? -1 : from + found
}
