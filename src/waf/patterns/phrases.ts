// Many phrases found in one pass, whatever their case: an Aho-Corasick automaton over classes of bytes.

/** Finds phrases. Each has a number, which several phrases may share. */
export interface PhraseFinder {
  /** The numbers of all phrases in a text, as bits; `none` for texts without any. */
  readonly all: (text: string) => Int32Array
  readonly none: Int32Array
  /** The end and the length of the phrase that is found first; undefined when there is none. */
  readonly first: (text: string) => { readonly end: number; readonly length: number } | undefined
}

/** A phrase of bytes, and its number. */
export interface Phrase {
  readonly text: string
  readonly number: number
}

export function phraseFinder(phrases: readonly Phrase[]): PhraseFinder {
  const { next, classes, width, outputs, lengths } = automaton(phrases)
  const words = (phrases.reduce((most, { number }) => Math.max(most, number), -1) >> 5) + 1
  const none = new Int32Array(words)
  return {
    none,
    all: (text) => {
      let found: Int32Array | undefined
      let state = 0
      for (let at = 0; at < text.length; at++) {
        state = next[state * width + classes[text.charCodeAt(at) & 0xff]!]!
        const output = outputs[state]
        if (!output) continue
        found ??= new Int32Array(words)
        for (const number of output) found[number >> 5]! |= 1 << (number & 31)
      }
      return found ?? none
    },
    first: (text) => {
      let state = 0
      for (let at = 0; at < text.length; at++) {
        state = next[state * width + classes[text.charCodeAt(at) & 0xff]!]!
        if (lengths[state]! > 0) return { end: at + 1, length: lengths[state]! }
      }
      return undefined
    },
  }
}

interface Automaton {
  /** The state after a class of bytes, at `state * width + class`. */
  readonly next: Int32Array | Uint16Array
  readonly classes: Uint8Array
  readonly width: number
  readonly outputs: readonly (readonly number[] | undefined)[]
  /** The length of the longest phrase that ends in a state; 0 for none. */
  readonly lengths: Uint16Array
}

function automaton(phrases: readonly Phrase[]): Automaton {
  const { classes, width } = byteClasses(phrases)
  const size = stateCount(phrases)
  const next = size > 0xffff ? new Int32Array(size * width) : new Uint16Array(size * width)
  const lengths = new Uint16Array(size)
  const own: (readonly number[] | undefined)[] = Array.from({ length: size }, () => undefined)
  let states = 1
  for (const { text, number } of phrases) {
    let state = 0
    for (let at = 0; at < text.length; at++) {
      const edge = state * width + classes[text.charCodeAt(at) & 0xff]!
      if (next[edge] === 0) next[edge] = states++
      state = next[edge]!
    }
    lengths[state] = text.length
    own[state] = withAll(own[state], [number])
  }
  addFailures(next, width, own, lengths)
  return { next, classes, width, outputs: own, lengths }
}

/** One for each beginning of a phrase; so that the table, which is large, is made of the right size at once. */
function stateCount(phrases: readonly Phrase[]): number {
  const texts = phrases.map(({ text }) => text.toLowerCase()).sort()
  return texts.reduce((sum, text, index) => sum + text.length - sharedBeginning(text, texts[index - 1] ?? ''), 1)
}

function sharedBeginning(left: string, right: string): number {
  let length = 0
  while (length < left.length && left[length] === right[length]) length++
  return length
}

/** Bytes of no phrase are one class; a letter is in one class with its other case. */
function byteClasses(phrases: readonly Phrase[]): { classes: Uint8Array; width: number } {
  const classes = new Uint8Array(256)
  let width = 1
  for (const { text } of phrases) {
    for (let at = 0; at < text.length; at++) {
      const byte = lowered(text.charCodeAt(at) & 0xff)
      if (classes[byte] === 0) classes[byte] = width++
    }
  }
  for (let upper = 0x41; upper <= 0x5a; upper++) classes[upper] = classes[upper + 0x20]!
  return { classes, width }
}

function lowered(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
}

/** Breadth first: what a state lacks it has from the longest proper end of its text that begins a phrase. */
function addFailures(next: Int32Array | Uint16Array, width: number, own: (readonly number[] | undefined)[], lengths: Uint16Array): void {
  const failure = new Int32Array(lengths.length)
  const queue = new Int32Array(lengths.length)
  for (let head = 0, tail = 1; head < tail; head++) {
    const state = queue[head]!
    const row = state * width
    const fallbackRow = failure[state]! * width
    for (let edge = 0; edge < width; edge++) {
      const to = next[row + edge]!
      const fallback = state === 0 ? 0 : next[fallbackRow + edge]!
      if (to === 0) {
        next[row + edge] = fallback
        continue
      }
      failure[to] = fallback
      own[to] = withAll(own[to], own[fallback])
      if (lengths[to] === 0) lengths[to] = lengths[fallback]!
      queue[tail++] = to
    }
  }
}

/** States that end the same phrases share one list. */
function withAll(numbers: readonly number[] | undefined, more: readonly number[] | undefined): readonly number[] | undefined {
  if (!numbers || !more) return numbers ?? more
  const added = more.filter((number) => !numbers.includes(number))
  return added.length === 0 ? numbers : [...numbers, ...added]
}
