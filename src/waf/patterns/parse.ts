// The regular expressions of rules, as PCRE reads them over bytes with DOTALL and DOLLAR_ENDONLY; what no engine runs in linear time is refused.
import { Unreadable } from '../seclang/fault.js'
import { POSIX, readEscape } from './escapes.js'
import { anyOf, byteSet, type ByteSet, caseless, EMPTY, inverted, joined, type Node, singleByte } from './syntax.js'

const ANY = anyOf(byteSet([0, 255]))
const ANY_BUT_NEWLINE = anyOf(inverted(byteSet([0x0a, 0x0a])))
/** RE2 takes no more, and neither does a matcher that has to build each repetition. */
const MOST_REPEATS = 1000

const MODE_SWITCH = /\(\?([a-z-]+)\)/iy
const SPECIAL_GROUP = /\(\?(?:P?<[A-Za-z_]\w*>|([a-z-]*):)/iy
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})([?+]?)/y
const POSIX_CLASS = /\[:(\^?)([a-z]+):\]/y

interface Modes {
  readonly caseless: boolean
  readonly dotAll: boolean
}

/** The tree of an expression whose characters are bytes. Throws `Unreadable` for what it is not able to say exactly. */
export function parsePattern(source: string): Node {
  const reader = new PatternReader(source)
  const node = reader.choice({ caseless: false, dotAll: true })
  if (!reader.atEnd) throw new Unreadable(`the regular expression has a ) too many: ${source}`)
  return node
}

class PatternReader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length
  }

  choice(modes: Modes): Node {
    let current = modes
    const options: Node[] = []
    let parts: Node[] = []
    for (;;) {
      const char = this.#source[this.#at]
      if (char === undefined || char === ')') break
      if (char === '|') {
        this.#at++
        options.push(sequence(parts))
        parts = []
        continue
      }
      const switched = this.#modeSwitch(current)
      if (switched) current = switched
      else parts.push(this.#repeated(this.#atom(current)))
    }
    options.push(sequence(parts))
    return options.length === 1 ? options[0]! : { kind: 'choice', options }
  }

  /** `(?i)`: holds up to the end of the group. */
  #modeSwitch(modes: Modes): Modes | undefined {
    const found = this.#ahead(MODE_SWITCH)
    if (!found) return undefined
    this.#at += found[0].length
    return this.#changed(modes, found[1]!)
  }

  #changed(modes: Modes, flags: string): Modes {
    const [on = '', off = ''] = flags.split('-')
    const unknown = /[^is]/.exec(on + off)
    if (unknown) this.#refuse(`(?${flags})`)
    return {
      caseless: off.includes('i') ? false : on.includes('i') || modes.caseless,
      dotAll: off.includes('s') ? false : on.includes('s') || modes.dotAll,
    }
  }

  #atom(modes: Modes): Node {
    const char = this.#source[this.#at]!
    switch (char) {
      case '(':
        return this.#group(modes)
      case '[':
        return anyOf(this.#class(modes))
      case '.':
        this.#at++
        return modes.dotAll ? ANY : ANY_BUT_NEWLINE
      case '^':
      case '$':
        this.#at++
        return { kind: 'assertion', of: char }
      case '\\':
        return this.#escape(modes)
      case '*':
      case '+':
      case '?':
        throw new Unreadable(`the regular expression repeats nothing at ${this.#at}: ${this.#source}`)
      default:
        this.#at++
        return this.#literal(char.charCodeAt(0), modes)
    }
  }

  #literal(code: number, modes: Modes): Node {
    if (code > 0xff) throw new Unreadable(`the regular expression has a character above 0xff: ${this.#source}`)
    return singleByte(code, modes.caseless)
  }

  #escape(modes: Modes): Node {
    const letter = this.#source[this.#at + 1]
    const assertion = letter === 'b' || letter === 'B' ? `\\${letter}` as const : letter === 'A' ? '^' : letter === 'z' ? '$' : undefined
    if (assertion) {
      this.#at += 2
      return { kind: 'assertion', of: assertion }
    }
    const escape = readEscape(this.#source, this.#at)
    if (!escape) return this.#refuse(`\\${letter ?? ''}`)
    this.#at += escape.length
    return escape.byte === undefined ? anyOf(folded(escape.bytes!, modes)) : singleByte(escape.byte, modes.caseless)
  }

  #group(modes: Modes): Node {
    const special = this.#ahead(SPECIAL_GROUP)
    if (!special && this.#source[this.#at + 1] === '?') this.#refuse(this.#source.slice(this.#at, this.#at + 4))
    if (this.#source[this.#at + 1] === '*') this.#refuse(this.#source.slice(this.#at, this.#at + 4))
    const flags = special?.[1]
    this.#at += special ? special[0].length : 1
    const of = this.choice(flags === undefined ? modes : this.#changed(modes, flags))
    if (this.#source[this.#at] !== ')') throw new Unreadable(`the regular expression has a ( that is not closed: ${this.#source}`)
    this.#at++
    return flags === undefined ? { kind: 'group', of } : of
  }

  #repeated(of: Node): Node {
    const found = this.#ahead(QUANTIFIER)
    if (!found) return of
    const [text, sign, least, comma, most, suffix] = found
    if (suffix === '+') this.#refuse(text)
    this.#at += text.length
    const min = sign === undefined ? Number(least) : sign === '+' ? 1 : 0
    const max = sign === undefined ? (comma === '' ? min : most === '' ? Infinity : Number(most)) : sign === '?' ? 1 : Infinity
    if (min > MOST_REPEATS || (max !== Infinity && (max > MOST_REPEATS || max < min))) this.#refuse(text)
    return this.#repeated({ kind: 'repeat', of, min, max, lazy: suffix === '?' })
  }

  /** Case is folded before the class is turned round: `[^a]` leaves out both cases. */
  #class(modes: Modes): ByteSet {
    const start = this.#at
    const negated = this.#source[start + 1] === '^'
    this.#at += negated ? 2 : 1
    const bytes = new Uint8Array(256)
    for (let first = true; ; first = false) {
      const char = this.#source[this.#at]
      if (char === undefined) throw new Unreadable(`the regular expression has a [ that is not closed: ${this.#source}`)
      if (char === ']' && !first) break
      this.#member(bytes)
    }
    this.#at++
    const within = folded(bytes, modes)
    return negated ? inverted(within) : within
  }

  #member(into: ByteSet): void {
    const posix = this.#ahead(POSIX_CLASS)
    if (posix) {
      const named = POSIX[posix[2]!] ?? this.#refuse(posix[0])
      this.#at += posix[0].length
      joined(into, posix[1] === '^' ? inverted(named) : named)
      return
    }
    const low = this.#classByte()
    if (typeof low !== 'number') return joined(into, low)
    if (this.#source[this.#at] !== '-' || this.#source[this.#at + 1] === ']') {
      into[low] = 1
      return
    }
    this.#at++
    const high = this.#classByte()
    if (typeof high !== 'number' || high < low) throw new Unreadable(`the regular expression has a range the wrong way round at ${this.#at}: ${this.#source}`)
    into.fill(1, low, high + 1)
  }

  #classByte(): number | ByteSet {
    if (this.#source[this.#at] !== '\\') {
      const code = this.#source.charCodeAt(this.#at++)
      if (code > 0xff) throw new Unreadable(`the regular expression has a character above 0xff: ${this.#source}`)
      return code
    }
    if (this.#source[this.#at + 1] === 'b') {
      this.#at += 2
      return 0x08
    }
    const escape = readEscape(this.#source, this.#at)
    if (!escape) return this.#refuse(this.#source.slice(this.#at, this.#at + 2))
    this.#at += escape.length
    return escape.byte ?? escape.bytes!
  }

  /** The pattern is sticky. */
  #ahead(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#source)
  }

  #refuse(what: string): never {
    throw new Unreadable(`"${what}" in a regular expression is not supported: only what can be matched in linear time, as in RE2, is: ${this.#source}`)
  }
}

function folded(bytes: ByteSet, modes: Modes): ByteSet {
  return modes.caseless ? caseless(bytes) : bytes
}

function sequence(parts: readonly Node[]): Node {
  if (parts.length === 0) return EMPTY
  return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
}
