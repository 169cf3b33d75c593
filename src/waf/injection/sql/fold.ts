// Tokens of SQL folded to the few that tell the shape of a statement: `1 + 2` is as good as `1`, `union all` is one word.
import { isArithmetic, isUnary, type Kind, type Token, tokenOf, LONGEST_TEXT } from './token.js'
import type { SqlTokenizer } from './tokenizer.js'
import { kindOfWord } from './words.js'

const MOST_TOKENS = 5
const WORDS_BEFORE: ReadonlySet<Kind> = new Set(['k', 'n', 'o', 'U', 'f', 'E', 'T', 't'])
const WORDS_BEHIND: ReadonlySet<Kind> = new Set([...WORDS_BEFORE, '&'])
/** Names of columns as often as functions. */
const PERHAPS_FUNCTION = /^(?:user_id|user_name|database|password|user|current_user|current_date|current_time|current_timestamp|localtime|localtimestamp)$/i
/** Shapes of five after which reading begins anew: what stands there is one number, or one name, in parentheses. */
const PARENTHESIZED = /^(?:1[o,]\(1\)|no\([n1]\)|1\),\(1|n\)o\(n)/

/** The tokens, five at most. */
export function folded(tokenizer: SqlTokenizer): Token[] {
  return new Folding(tokenizer).run()
}

class Folding {
  readonly #tokenizer: SqlTokenizer
  readonly #tokens: Token[] = []
  /** Where the tokens begin that are not settled. */
  #left = 0
  #more = true
  #lastComment: Token | undefined

  constructor(tokenizer: SqlTokenizer) {
    this.#tokenizer = tokenizer
  }

  run(): Token[] {
    if (!this.#begin()) return []
    for (;;) {
      if (this.#tokens.length >= MOST_TOKENS) this.#beginAnew()
      if (!this.#more || this.#left >= MOST_TOKENS) break
      this.#read(2)
      if (this.#tokens.length - this.#left < 2) break
      const pair = this.#pair(this.#tokens[this.#left]!, this.#tokens[this.#left + 1]!)
      if (pair === 'evil') return this.#tokens.slice(0, this.#left + 2)
      if (pair) continue
      this.#read(3)
      if (this.#tokens.length - this.#left < 3) {
        this.#left = this.#tokens.length
        continue
      }
      if (!this.#triple(this.#tokens[this.#left]!, this.#tokens[this.#left + 1]!, this.#tokens[this.#left + 2]!)) this.#left++
    }
    if (this.#tokens.length < MOST_TOKENS && this.#lastComment) this.#tokens.push(this.#lastComment)
    return this.#tokens.slice(0, MOST_TOKENS)
  }

  /** Passes over what may stand in front of anything. */
  #begin(): boolean {
    for (;;) {
      const token = this.#tokenizer.next()
      if (!token) return false
      if (token.kind === 'c' || token.kind === '(' || token.kind === 't' || isUnary(token)) continue
      this.#tokens.push(token)
      return true
    }
  }

  /** Reads until so many tokens are not settled. */
  #read(count: number): void {
    while (this.#more && this.#tokens.length <= MOST_TOKENS && this.#tokens.length - this.#left < count) {
      const token = this.#tokenizer.next()
      if (!token) {
        this.#more = false
        return
      }
      if (token.kind === 'c') this.#lastComment = token
      else {
        this.#lastComment = undefined
        this.#tokens.push(token)
      }
    }
  }

  #beginAnew(): void {
    if (!PARENTHESIZED.test(this.#tokens.map(({ kind }) => kind).join(''))) return
    const sixth = this.#tokens[MOST_TOKENS]
    this.#tokens.length = 1
    if (sixth) this.#tokens.push(sixth)
    this.#left = 0
  }

  #drop(count: number, left: number): true {
    this.#tokens.length -= count
    this.#left = left
    return true
  }

  get #back(): number {
    return Math.max(0, this.#left - 1)
  }

  /** Puts the third in the place of the second. */
  #closeUp(third: Token, dropped: number): true {
    this.#tokens[this.#left + 1] = third
    return this.#drop(dropped, 0)
  }

  /** True where two tokens were folded, or became something else. */
  #pair(first: Token, second: Token): boolean | 'evil' {
    const kinds = first.kind + second.kind
    if (kinds === 'ss' || kinds === ';;') return this.#drop(1, this.#left)
    if ((first.kind === 'o' || first.kind === '&') && (isUnary(second) || second.kind === 't')) return this.#drop(1, 0)
    if (first.kind === '(' && isUnary(second)) return this.#drop(1, this.#back)
    if (this.#merge(first, second)) return this.#drop(1, this.#back)
    if (kinds === ';f' && /^if/i.test(second.text)) {
      second.kind = 'T'
      return true
    }
    if ((kinds === 'n(' || kinds === 'v(') && PERHAPS_FUNCTION.test(first.text)) {
      first.kind = 'f'
      return true
    }
    if (first.kind === 'k' && /^(?:not )?in$/i.test(first.text)) {
      first.kind = second.kind === '(' ? 'o' : 'n'
      return true
    }
    if (first.kind === 'o' && /^(?:not )?like$/i.test(first.text)) {
      if (second.kind === '(') first.kind = 'f'
      return false
    }
    return this.#rarePair(first, second, kinds)
  }

  #rarePair(first: Token, second: Token, kinds: string): boolean | 'evil' {
    if (/^t[n1t(fvs]$/.test(kinds)) {
      this.#tokens[this.#left] = second
      return this.#drop(1, 0)
    }
    if (kinds === 'An') {
      if (second.text.includes('_')) {
        second.kind = 't'
        this.#left = 0
      }
      return false
    }
    if (first.kind === '\\') {
      if (isArithmetic(second)) {
        first.kind = '1'
        this.#left = 0
        return true
      }
      this.#tokens[this.#left] = second
      return this.#drop(1, 0)
    }
    if (kinds === '((' || kinds === '))') return this.#drop(1, 0)
    if (kinds === '{n') {
      if (second.text !== '') return this.#drop(2, 0)
      second.kind = 'X'
      return 'evil'
    }
    return second.kind === '}' ? this.#drop(1, 0) : false
  }

  /** `UNION` and `ALL` are one word. */
  #merge(first: Token, second: Token): boolean {
    if (!WORDS_BEFORE.has(first.kind) || !WORDS_BEHIND.has(second.kind)) return false
    const text = `${first.text} ${second.text}`
    const kind = text.length > LONGEST_TEXT ? undefined : kindOfWord(text)
    if (!kind) return false
    this.#tokens[this.#left] = tokenOf(kind, text, first.at, first.open, first.close)
    return true
  }

  /** True where three tokens were folded. */
  #triple(first: Token, second: Token, third: Token): boolean {
    const kinds = first.kind + second.kind + third.kind
    if (kinds === '1o1' || /^o[^(]o$/.test(kinds) || /^&.&$/s.test(kinds) || /^vo[v1n]$/.test(kinds) || /^[n1]o[1n]$/.test(kinds)) return this.#drop(2, 0)
    if (/^[n1vs]ot$/.test(kinds) && second.text === '::') return this.#drop(2, 0)
    if (/^[n1sv],[1nsv]$/.test(kinds)) return this.#drop(2, 0)
    if (/^[EB,]o\($/.test(kinds) && isUnary(second)) return this.#closeUp(third, 1)
    if (/^[kEB]o[1nvsf]$/.test(kinds) && isUnary(second)) return this.#closeUp(third, 1)
    if (/^,o[1nvs]$/.test(kinds) && isUnary(second)) return this.#closeUp(third, 3)
    if (kinds === ',of' && isUnary(second)) return this.#closeUp(third, 1)
    if (kinds === 'n.n') return this.#drop(2, 0)
    if (kinds === 'E.n') return this.#closeUp(third, 1)
    if (/^f\([^)]$/.test(kinds) && /^user$/i.test(first.text)) first.kind = 'n'
    return false
  }
}
