// A value that rules look at, and what transformations make of it: each made once, however many rules ask.
import type { PhraseFinder } from '../patterns/phrases.js'
import type { Chain } from '../rules/chains.js'

/** A value after transformations; those that change nothing share one. */
export class Form {
  #text: string | undefined
  /** What differs from this one in the case of letters alone: it is made when it is read, and holds the same phrases. */
  readonly #base: Form | undefined
  readonly #chain: Chain | undefined
  #candidates: Int32Array | undefined = undefined

  constructor(text: string | undefined, base?: Form, chain?: Chain) {
    this.#text = text
    this.#base = base
    this.#chain = chain
  }

  get text(): string {
    return (this.#text ??= this.#chain!.transform(this.#base!.text))
  }

  /** The bits of what may match it. */
  candidates(finder: PhraseFinder): Int32Array {
    return (this.#candidates ??= this.#base ? this.#base.candidates(finder) : finder.all(this.text))
  }
}

export class Value {
  /** Upper case: the variable it is a value of. */
  readonly variable: string
  /** As the request has it; '' for a variable that is no collection. */
  readonly key: string
  readonly lowerKey: string
  readonly #forms: (Form | undefined)[]

  constructor(variable: string, key: string, text: string) {
    this.variable = variable
    this.key = key
    this.lowerKey = key.toLowerCase()
    this.#forms = [new Form(text)]
  }

  get text(): string {
    return this.#forms[0]!.text
  }

  /** `ARGS:name`. */
  get name(): string {
    return this.key === '' ? this.variable : `${this.variable}:${this.key}`
  }

  after(chain: Chain): Form {
    return this.#forms[chain.id] ?? this.#made(chain)
  }

  #made(chain: Chain): Form {
    const before = this.after(chain.before!)
    const form = chain.caseOnly ? new Form(undefined, before, chain) : changed(before, chain)
    this.#forms[chain.id] = form
    return form
  }
}

function changed(before: Form, chain: Chain): Form {
  const text = chain.transform(before.text)
  return text === before.text ? before : new Form(text)
}
