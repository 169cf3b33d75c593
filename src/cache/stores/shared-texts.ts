// One copy of texts that many entries have: names of fields, and values such as types and directives.

/** Texts that are remembered, and the longest of them. What is longer is seldom there twice. */
const MAX_TEXTS = 4096
const MAX_LENGTH = 128

export class SharedTexts {
  #known = new Map<string, string>()

  /** The same texts, those seen before in the copy that was seen first. */
  of(texts: readonly string[]): readonly string[] {
    return texts.map((text) => this.#one(text))
  }

  #one(text: string): string {
    const known = this.#known.get(text)
    if (known !== undefined || text.length > MAX_LENGTH) return known ?? text
    // Starts anew rather than keep a rank: what is in use comes back with the next entry.
    if (this.#known.size === MAX_TEXTS) this.#known.clear()
    this.#known.set(text, text)
    return text
  }
}
