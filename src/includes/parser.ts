// Reads a template in the chunks in which it comes: text, includes, and what is tried (a subset of ESI 1.0). How it is cut makes no difference.
import { bytesAsText } from '../http/bytes-as-text.js'
import { joinPieces } from '../http/join-pieces.js'

/** A piece of a template. */
export type Node =
  | { readonly kind: 'text'; readonly bytes: Uint8Array }
  | Include
  /** What stands in `attempt` if all its includes can be had, else what stands in `except`. */
  | { readonly kind: 'try'; readonly attempt: readonly Node[]; readonly except: readonly Node[] }

export interface Include {
  readonly kind: 'include'
  readonly src: string
  /** Asked when `src` fails. */
  readonly alt: string | undefined
  /** Whether nothing takes its place when both fail. */
  readonly isOptional: boolean
}

/** Longest tag that is one; what is longer is text. */
const MAX_TAG_BYTES = 4096
/** For all that stands in a `try`, which is held until its end is there. */
const MAX_TRY_BYTES = 1024 ** 2

const [LT, GT, DASH, QUOTE, APOSTROPHE] = [0x3c, 0x3e, 0x2d, 0x22, 0x27] as const
const OPENINGS = ['<esi:', '</esi:', '<!--esi']
const COMMENT_END = '-->'

type Place = 'try' | 'attempt' | 'except'

/** A `try` whose end is yet to come. */
interface OpenTry {
  readonly attempt: Node[]
  readonly except: Node[]
  place: Place
  exceptions: number
}

/** What stands at a place: nothing special, something that may become so with more bytes, or so many bytes that mean something. */
type Match = 'text' | 'more' | { readonly length: number; readonly mark: string }

export class TemplateParser {
  #held: Uint8Array = new Uint8Array(0)
  #unwraps = false
  #removes = false
  readonly #tries: OpenTry[] = []
  #triedBytes = 0
  #done: Node[] = []

  /** The pieces that are whole by now. Throws where more is tried than is held. */
  push(chunk: Uint8Array): readonly Node[] {
    this.#read(chunk, false)
    return this.#take()
  }

  /** The rest. What was begun and has no end is text; a `try` without an end ends here. */
  end(): readonly Node[] {
    this.#read(new Uint8Array(0), true)
    while (this.#tries.length > 0) this.#closeTry()
    return this.#take()
  }

  #read(chunk: Uint8Array, isLast: boolean): void {
    const bytes = this.#held.byteLength === 0 ? chunk : joinPieces([this.#held, chunk])
    let from = 0
    let at = 0
    for (;;) {
      at = this.#candidate(bytes, at)
      const match = at < bytes.byteLength ? this.#match(bytes, at, isLast) : 'more'
      if (match === 'text') {
        at++
        continue
      }
      this.#text(bytes.subarray(from, at))
      if (match === 'more') break
      this.#mark(match.mark)
      from = at += match.length
    }
    this.#held = bytes.slice(at)
  }

  #take(): readonly Node[] {
    const done = this.#done
    this.#done = []
    return done
  }

  /** Where something may stand, from a place on. */
  #candidate(bytes: Uint8Array, at: number): number {
    const tag = bytes.indexOf(LT, at)
    const end = this.#unwraps ? bytes.indexOf(DASH, at) : -1
    const next = tag < 0 ? end : end < 0 ? tag : Math.min(tag, end)
    return next < 0 ? bytes.byteLength : next
  }

  #match(bytes: Uint8Array, at: number, isLast: boolean): Match {
    const unfinished: Match = isLast ? 'text' : 'more'
    if (bytes[at] === DASH) {
      const found = ascii(bytes, at, at + COMMENT_END.length)
      return found === COMMENT_END ? { length: found.length, mark: COMMENT_END } : COMMENT_END.startsWith(found) ? unfinished : 'text'
    }
    const start = ascii(bytes, at, at + 8)
    const opening = OPENINGS.find((candidate) => start.startsWith(candidate) || candidate.startsWith(start))
    if (opening === undefined) return 'text'
    if (start.length <= opening.length && bytes.byteLength - at <= opening.length) return unfinished
    if (opening === '<!--esi') return /\s/.test(start[7]!) ? { length: opening.length, mark: opening } : 'text'
    const end = tagEnd(bytes, at)
    if (end === undefined) return bytes.byteLength - at > MAX_TAG_BYTES ? 'text' : unfinished
    const mark = ascii(bytes, at, end)
    return KNOWN.test(mark) ? { length: end - at, mark } : 'text'
  }

  #mark(mark: string): void {
    const [, slash, name, rest = ''] = KNOWN.exec(mark) ?? []
    const isClosing = slash === '/'
    if (name === 'remove') this.#removes = !isClosing && !rest.endsWith('/')
    else if (this.#removes) return
    else if (mark === COMMENT_END) this.#unwraps = false
    else if (name === undefined) this.#unwraps = true
    else if (name === 'include' && !isClosing) this.#include(rest)
    else if (name === 'try') this.#try(isClosing)
    else if (name === 'attempt' || name === 'except') this.#enter(name, isClosing)
  }

  #include(rest: string): void {
    const attributes = new Map([...rest.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name, double, single]) => [name!, (double ?? single)!.replaceAll('&amp;', '&')]))
    this.#add({ kind: 'include', src: attributes.get('src') ?? '', alt: attributes.get('alt'), isOptional: attributes.get('onerror') === 'continue' })
  }

  #try(isClosing: boolean): void {
    if (!isClosing) this.#tries.push({ attempt: [], except: [], place: 'try', exceptions: 0 })
    else if (this.#tries.length > 0) this.#closeTry()
  }

  #closeTry(): void {
    const { attempt, except } = this.#tries.pop()!
    this.#add({ kind: 'try', attempt, except })
    if (this.#tries.length === 0) this.#triedBytes = 0
  }

  #enter(name: 'attempt' | 'except', isClosing: boolean): void {
    const open = this.#tries.at(-1)
    if (!open) return
    open.place = isClosing ? 'try' : name
    if (name === 'except' && !isClosing) open.exceptions++
  }

  #text(bytes: Uint8Array): void {
    if (this.#removes || bytes.byteLength === 0) return
    if (this.#tries.length > 0 && (this.#triedBytes += bytes.byteLength) > MAX_TRY_BYTES) throw new Error(`an esi:try holds more than ${MAX_TRY_BYTES} bytes`)
    // Chunks are their sender's to use again.
    this.#add({ kind: 'text', bytes: this.#tries.length > 0 ? bytes.slice() : bytes })
  }

  /** What stands in a `try` and in neither of its sides is nowhere; of several exceptions the first counts. */
  #add(node: Node): void {
    const open = this.#tries.at(-1)
    if (!open) this.#done.push(node)
    else if (open.place === 'attempt') open.attempt.push(node)
    else if (open.place === 'except' && open.exceptions === 1) open.except.push(node)
  }
}

const KNOWN = /^<(\/?)esi:(include|remove|comment|try|attempt|except)(?=[\s/>])([^]*)>$/

/** The place behind the `>` of a tag; quotes hide those in values. */
function tagEnd(bytes: Uint8Array, at: number): number | undefined {
  let quote = 0
  for (let i = at; i < Math.min(bytes.byteLength, at + MAX_TAG_BYTES); i++) {
    const byte = bytes[i]!
    if (quote !== 0) quote = byte === quote ? 0 : quote
    else if (byte === QUOTE || byte === APOSTROPHE) quote = byte
    else if (byte === GT) return i + 1
  }
  return undefined
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return bytesAsText(bytes.subarray(from, to))
}
