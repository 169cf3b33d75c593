// One request on its way through the rules: what was read of it, and what rules have noted.
import type { InspectedAnswer, InspectedRequest } from '../../firewall.js'
import { fieldValue } from '../../http/fields.js'
import { type BodyField, EMPTY_BODY, type ParsedBody } from '../bodies/parsed-body.js'
import { readBody } from '../bodies/read-body.js'
import { urlencodedFields } from '../bodies/urlencoded.js'
import type { Exclusion, Program } from '../rules/program.js'
import type { Macro } from '../seclang/macro.js'
import { urlDecode } from '../transformations/url.js'
import type { EngineMode } from '../seclang/control.js'
import type { Interruption } from './interruption.js'
import type { Facts } from './facts.js'
import { Findings } from './targets.js'
import { CAPTURES, type TxLayout } from './tx-layout.js'
import { Value } from './value.js'
import { VARIABLES } from './variables.js'

export class Transaction implements Facts {
  readonly program: Program
  readonly request: InspectedRequest
  response: InspectedAnswer | undefined
  mode: EngineMode
  body: ParsedBody = EMPTY_BODY
  rawBody: string | undefined
  bodyProcessor = ''
  bodyForced = false
  /** What would have ended it first, were the rules not only to detect. */
  detected: Interruption | undefined
  /** Whether the bodies are looked at. */
  readonly access = { request: true, response: true }
  matchedText = ''
  matchedName = ''
  matchedValues: Value[] = []
  /** By place among all rules; undefined while none is removed. */
  removed: Uint8Array | undefined
  removedTargets: Map<number, Exclusion[]> | undefined
  readonly slots: (string | undefined)[]
  /** Variables of `TX` that no rule names. */
  readonly others = new Map<string, string>()
  readonly findings: Findings
  readonly #values = new Map<string, readonly Value[]>()
  #query: readonly BodyField[] | undefined
  #queryArgs: Value[] | undefined
  #bodyArgs: Value[] = []
  #queryNames: Value[] | undefined
  #bodyNames: Value[] = []

  constructor(program: Program, request: InspectedRequest) {
    this.program = program
    this.request = request
    this.mode = program.mode
    this.slots = program.initial.slice()
    this.findings = new Findings(this, program.finder)
  }

  get layout(): TxLayout {
    return this.program.layout
  }

  get queryString(): string {
    const at = this.request.target.indexOf('?')
    return at < 0 ? '' : this.request.target.slice(at + 1)
  }

  /** The target without a host in front of it. */
  get uri(): string {
    return this.request.target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '') || '/'
  }

  get fileName(): string {
    return urlDecode(this.uri.replace(/[?#].*$/s, '').replaceAll('+', '%2b'))
  }

  get query(): readonly BodyField[] {
    return (this.#query ??= urlencodedFields(this.queryString, this.program.argumentSeparator))
  }

  get args(): readonly Value[] {
    this.#queryArgs ??= this.query.map(({ name, value }) => new Value('ARGS', name, value))
    return this.#bodyArgs.length === 0 ? this.#queryArgs : [...this.#queryArgs, ...this.#bodyArgs]
  }

  get argNames(): readonly Value[] {
    this.#queryNames ??= this.query.map(({ name }) => new Value('ARGS_NAMES', name, name))
    return this.#bodyNames.length === 0 ? this.#queryNames : [...this.#queryNames, ...this.#bodyNames]
  }

  /** The body as one value: of a form, and of others where rules ask for it. */
  get bodyVariable(): string | undefined {
    const whole = this.bodyProcessor === 'URLENCODED' || (this.bodyForced && this.bodyProcessor === '')
    return whole ? this.rawBody : undefined
  }

  /** Reads the body by the processor that was chosen. What was gathered before is gathered anew. */
  readBody(body: string | undefined): void {
    const { fields } = this.request
    this.rawBody = body
    this.#forget()
    if (body === undefined || body === '' || this.bodyProcessor === '') return
    this.body = readBody(body, this.bodyProcessor, fieldValue(fields, 'content-type') ?? '', this.program.limits)
    this.#bodyArgs = this.body.fields.map(({ name, value }) => new Value('ARGS', name, value))
    this.#bodyNames = this.body.fields.map(({ name }) => new Value('ARGS_NAMES', name, name))
  }

  answered(response: InspectedAnswer): void {
    this.response = response
    this.#forget()
  }

  #forget(): void {
    this.findings.forget(this.program.terms)
    for (const name of this.#values.keys()) if (!VARIABLES.get(name)!.ofHead) this.#values.delete(name)
  }

  readonly valuesOf = (name: string): readonly Value[] => {
    const variable = VARIABLES.get(name)!
    if (variable.volatile) return variable.read(this, name)
    const known = this.#values.get(name)
    if (known) return known
    const values = variable.read(this, name)
    this.#values.set(name, values)
    return values
  }

  readonly variables = (): readonly Value[] => {
    const found: Value[] = []
    this.layout.names.forEach((name, slot) => {
      const text = this.slots[slot]
      if (text !== undefined) found.push(new Value('TX', name, text))
    })
    for (const [name, text] of this.others) found.push(new Value('TX', name, text))
    return found
  }

  variable(name: string): string | undefined {
    const slot = this.layout.find(name)
    return slot === undefined ? this.others.get(name) : this.slots[slot]
  }

  setVariable(name: string, text: string | undefined): void {
    const slot = this.layout.find(name)
    if (slot !== undefined) this.slots[slot] = text
    else if (text === undefined) this.others.delete(name)
    else this.others.set(name, text)
  }

  capture(groups: readonly string[]): void {
    for (let group = 0; group < CAPTURES; group++) this.slots[group] = groups[group]
  }

  /** Bound, so that operators can be given it as it is. */
  readonly expand = (macro: Macro): string => {
    if (macro.length === 1 && typeof macro[0] === 'string') return macro[0]
    let text = ''
    for (const piece of macro) text += typeof piece === 'string' ? piece : this.#referred(piece.variable, piece.key)
    return text
  }

  #referred(variable: string, key: string | undefined): string {
    if (variable === 'TX') return key === undefined ? '' : (this.variable(key) ?? '')
    if (variable === 'MATCHED_VAR') return this.matchedText
    if (variable === 'MATCHED_VAR_NAME') return this.matchedName
    if (!VARIABLES.has(variable)) return ''
    const values = this.valuesOf(variable)
    return (key === undefined ? values[0] : values.find(({ lowerKey }) => lowerKey === key))?.text ?? ''
  }
}
