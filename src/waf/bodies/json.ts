// JSON as fields named by their path, `json.a.b`: every member, the second of two of one name too; the elements of an array all have its name.
import type { BodyField, BodyLimits } from './parsed-body.js'

/** The fields; or why it is no JSON, or more than is looked at. Text and fields are bytes. */
export function jsonFields(text: string, limits: BodyLimits): { readonly fields: readonly BodyField[]; readonly error: string | undefined } {
  const reader = new JsonReader(text, limits)
  try {
    reader.document()
    return { fields: reader.fields, error: undefined }
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    return { fields: reader.fields, error: error.message }
  }
}

class NotJson extends Error {}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

class JsonReader {
  readonly fields: BodyField[] = []
  readonly #text: string
  readonly #limits: BodyLimits
  #at = 0

  constructor(text: string, limits: BodyLimits) {
    this.#text = text
    this.#limits = limits
  }

  document(): void {
    this.#space()
    if (this.#at >= this.#text.length) return
    this.#value('json', 0)
    this.#space()
    if (this.#at < this.#text.length) throw new NotJson(`JSON ends at ${this.#at}, and more follows`)
  }

  #value(path: string, depth: number): void {
    if (depth > this.#limits.depth) throw new NotJson(`JSON is nested deeper than ${this.#limits.depth}`)
    const char = this.#text[this.#at]
    if (char === '{') return this.#members('}', depth, () => `${path}.${this.#name()}`)
    if (char === '[') return this.#members(']', depth, () => path)
    this.#add(path, char === '"' ? this.#string() : this.#scalar())
  }

  #members(close: string, depth: number, path: () => string): void {
    this.#at++
    this.#space()
    if (this.#text[this.#at] === close) {
      this.#at++
      return
    }
    for (;;) {
      this.#space()
      this.#value(path(), depth + 1)
      this.#space()
      const char = this.#text[this.#at++]
      if (char === close) return
      if (char !== ',') throw new NotJson(`JSON lacks a comma or ${close} at ${this.#at - 1}`)
    }
  }

  #name(): string {
    if (this.#text[this.#at] !== '"') throw new NotJson(`JSON lacks the name of a member at ${this.#at}`)
    const name = this.#string()
    this.#space()
    if (this.#text[this.#at++] !== ':') throw new NotJson(`JSON lacks a colon at ${this.#at - 1}`)
    this.#space()
    return name
  }

  #string(): string {
    let out = ''
    let kept = ++this.#at
    for (;;) {
      const char = this.#text[this.#at]
      if (char === undefined) throw new NotJson('JSON ends within a string')
      if (char === '"') break
      if (char.charCodeAt(0) < 0x20) throw new NotJson(`JSON has a control character in a string at ${this.#at}`)
      if (char !== '\\') {
        this.#at++
        continue
      }
      out += this.#text.slice(kept, this.#at) + this.#escape()
      kept = this.#at
    }
    out += this.#text.slice(kept, this.#at++)
    return out
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? ''
    const simple = SIMPLE_ESCAPES[letter]
    if (simple !== undefined) {
      this.#at += 2
      return simple
    }
    const units = /^(?:\\u[0-9a-f]{4})+/i.exec(this.#text.slice(this.#at, this.#at + 12))?.[0]
    if (units === undefined) throw new NotJson(`JSON has an escape that is none at ${this.#at}`)
    const first = Number.parseInt(units.slice(2, 6), 16)
    const second = Number.parseInt(units.slice(8, 12), 16)
    const paired = first >= 0xd800 && first < 0xdc00 && second >= 0xdc00 && second < 0xe000
    this.#at += paired ? 12 : 6
    return utf8Of(paired ? 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00) : first)
  }

  #scalar(): string {
    const found = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.+-])/i.exec(this.#text.slice(this.#at, this.#at + 512))?.[0]
    if (found === undefined) throw new NotJson(`JSON has no value at ${this.#at}`)
    this.#at += found.length
    return found
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #add(name: string, value: string): void {
    if (this.fields.length >= this.#limits.fields) throw new NotJson(`JSON has more than ${this.#limits.fields} values`)
    this.fields.push({ name, value })
  }
}

/** The bytes of a code point, as characters. */
export function utf8Of(point: number): string {
  if (point < 0x80) return String.fromCharCode(point)
  if (point < 0x800) return String.fromCharCode(0xc0 | (point >> 6), 0x80 | (point & 0x3f))
  if (point < 0x10000) return String.fromCharCode(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f))
  return String.fromCharCode(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f))
}
