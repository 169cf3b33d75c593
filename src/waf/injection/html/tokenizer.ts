// HTML read as browsers do, errors and all, from any place in a page.

export type HtmlToken = 'text' | 'tag' | 'tag-end' | 'self-closing' | 'close-tag' | 'attribute' | 'value' | 'comment' | 'doctype'

/** Where in a page a text is thought to stand. */
export type Context = 'data' | 'attributes' | "'" | '"' | '`'

type State = () => boolean

const WHITE = /[ \t\n\v\f\r]/
const SKIPPED = /[\0 \t\n\v\f\r]*/y
const TAG_NAME_END = /[ \t\n\v\f\r/>]/
const ATTRIBUTE_END = /[ \t\n\v\f\r/=>]/
const VALUE_END = /[ \t\n\v\f\r>]/
const COMMENT_END = /-\0*[-!]>/g

/** `next` moves on, and says whether there is a token: `kind` and `text` are its. */
export class HtmlTokenizer {
  kind: HtmlToken = 'text'
  text = ''
  readonly #html: string
  #at = 0
  #closing = false
  #state: State

  constructor(html: string, context: Context) {
    this.#html = html
    this.#state = context === 'data' ? this.#data : context === 'attributes' ? this.#beforeAttribute : () => this.#quotedValue(context)
  }

  next(): boolean {
    return this.#state()
  }

  #give(kind: HtmlToken, end: number, at: number, state: State): true {
    this.kind = kind
    this.text = this.#html.slice(this.#at, end)
    this.#at = at
    this.#state = state
    return true
  }

  readonly #ended: State = () => false

  /** The rest of the text is the token, or ends with what closes it. */
  #until(kind: HtmlToken, end: number, length: number, state: State): true {
    return end < 0 ? this.#give(kind, this.#html.length, this.#html.length, this.#ended) : this.#give(kind, end, end + length, state)
  }

  readonly #data: State = () => {
    const open = this.#html.indexOf('<', this.#at)
    const given = this.#until('text', open, 1, this.#tagOpen)
    if (this.text !== '') return given
    return open >= 0 && this.#tagOpen()
  }

  readonly #tagOpen: State = () => {
    const char = this.#html[this.#at]
    if (char === undefined) return false
    if (char === '!') {
      this.#at++
      return this.#declaration()
    }
    if (char === '/') {
      this.#at++
      this.#closing = true
      return this.#endTagOpen()
    }
    if (char === '?') {
      this.#at++
      return this.#bogusComment()
    }
    if (char === '%') {
      this.#at++
      return this.#until('comment', this.#html.indexOf('%>', this.#at), 2, this.#data)
    }
    if (/[a-z\0]/i.test(char)) return this.#tagName()
    this.kind = 'text'
    this.text = '<'
    this.#state = this.#data
    return true
  }

  readonly #endTagOpen: State = () => {
    const char = this.#html[this.#at]
    if (char === undefined) return false
    if (char === '>') return this.#data()
    if (/[a-z]/i.test(char)) return this.#tagName()
    this.#closing = false
    return this.#bogusComment()
  }

  #find(pattern: RegExp, from: number): number {
    for (let at = from; at < this.#html.length; at++) if (pattern.test(this.#html[at]!)) return at
    return -1
  }

  #tagName(): boolean {
    const end = this.#find(TAG_NAME_END, this.#at)
    if (end < 0) return this.#until('tag', end, 0, this.#ended)
    if (this.#html[end] === '/') return this.#give('tag', end, end + 1, this.#selfClosing)
    if (this.#html[end] !== '>') return this.#give('tag', end, end + 1, this.#beforeAttribute)
    if (!this.#closing) return this.#give('tag', end, end, this.#tagEnd)
    this.#closing = false
    return this.#give('close-tag', end, end + 1, this.#data)
  }

  readonly #tagEnd: State = () => {
    this.#closing = false
    return this.#give('tag-end', this.#at + 1, this.#at + 1, this.#at + 1 < this.#html.length ? this.#data : this.#ended)
  }

  #skipWhite(): string | undefined {
    SKIPPED.lastIndex = this.#at
    this.#at += SKIPPED.exec(this.#html)![0].length
    return this.#html[this.#at]
  }

  readonly #beforeAttribute: State = () => {
    for (;;) {
      const char = this.#skipWhite()
      if (char === undefined) return false
      if (char === '>') return this.#give('tag-end', this.#at + 1, this.#at + 1, this.#data)
      if (char !== '/') return this.#attribute()
      this.#at++
      if (this.#at >= this.#html.length) return false
      if (this.#html[this.#at] === '>') return this.#selfClosing()
    }
  }

  readonly #selfClosing: State = () => {
    if (this.#html[this.#at] !== '>') return this.#at < this.#html.length && this.#beforeAttribute()
    this.#at--
    return this.#give('self-closing', this.#at + 2, this.#at + 2, this.#data)
  }

  #attribute(): boolean {
    const end = this.#find(ATTRIBUTE_END, this.#at + 1)
    if (end < 0) return this.#until('attribute', end, 0, this.#ended)
    const char = this.#html[end]!
    if (char === '/') return this.#give('attribute', end, end + 1, this.#selfClosing)
    if (char === '=') return this.#give('attribute', end, end + 1, this.#beforeValue)
    if (char === '>') return this.#give('attribute', end, end, this.#tagEnd)
    return this.#give('attribute', end, end + 1, this.#afterAttribute)
  }

  readonly #afterAttribute: State = () => {
    const char = this.#skipWhite()
    if (char === undefined) return false
    if (char === '>') return this.#tagEnd()
    if (char !== '/' && char !== '=') return this.#attribute()
    this.#at++
    return char === '/' ? this.#selfClosing() : this.#beforeValue()
  }

  readonly #beforeValue: State = () => {
    const char = this.#skipWhite()
    if (char === undefined) return false
    return char === '"' || char === "'" || char === '`' ? this.#quotedValue(char) : this.#bareValue()
  }

  /** At the very beginning the quote is one that is only thought to stand there. */
  #quotedValue(quote: string): boolean {
    if (this.#at > 0) this.#at++
    return this.#until('value', this.#html.indexOf(quote, this.#at), 1, this.#afterQuotedValue)
  }

  #bareValue(): boolean {
    const end = this.#find(VALUE_END, this.#at)
    if (end < 0) return this.#until('value', end, 0, this.#ended)
    return this.#html[end] === '>' ? this.#give('value', end, end, this.#tagEnd) : this.#give('value', end, end + 1, this.#beforeAttribute)
  }

  readonly #afterQuotedValue: State = () => {
    const char = this.#html[this.#at]
    if (char === undefined) return false
    if (char === '>') return this.#give('tag-end', this.#at + 1, this.#at + 1, this.#data)
    if (char === '/') {
      this.#at++
      return this.#selfClosing()
    }
    if (WHITE.test(char)) this.#at++
    return this.#beforeAttribute()
  }

  #bogusComment(): boolean {
    return this.#until('comment', this.#html.indexOf('>', this.#at), 1, this.#data)
  }

  #declaration(): boolean {
    const rest = this.#html.slice(this.#at, this.#at + 7)
    if (/^doctype$/i.test(rest)) return this.#until('doctype', this.#html.indexOf('>', this.#at), 1, this.#data)
    if (rest === '[CDATA[') {
      this.#at += 7
      return this.#until('text', this.#html.indexOf(']]>', this.#at), 3, this.#data)
    }
    if (!rest.startsWith('--')) return this.#bogusComment()
    this.#at += 2
    COMMENT_END.lastIndex = this.#at
    const end = COMMENT_END.exec(this.#html)
    return this.#until('comment', end?.index ?? -1, end?.[0].length ?? 0, this.#data)
  }
}
