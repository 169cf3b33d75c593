// One request, and the answer to it, before the rules: phase by phase, as they become known.
import type { InspectedAnswer, InspectedRequest } from '../firewall.js'
import { fieldValue } from '../http/fields.js'
import { processorFor } from './bodies/read-body.js'
import type { Interruption } from './engine/interruption.js'
import { type Match, runPhase } from './engine/run.js'
import { Transaction } from './engine/transaction.js'
import type { Overrides } from './exclusions.js'
import type { Program } from './rules/program.js'

/** What rules had to say of a request. */
export interface Report {
  /** What ended it; undefined when it passed, or when the rules only detect. */
  readonly interruption: Interruption | undefined
  /** What would have ended it, when the rules only detect. */
  readonly detected: Interruption | undefined
  /** Of rules that are told, in the order in which they matched. */
  readonly matches: readonly Match[]
}

/** The phases in order: {@link head}, {@link body}, {@link answer}, {@link end}. One that interrupts is the last but for `end`. */
export class Inspection {
  readonly #program: Program
  readonly #tx: Transaction
  readonly #matches: Match[] = []
  #interruption: Interruption | undefined

  constructor(program: Program, request: InspectedRequest, { removed, removedTargets }: Overrides = {}) {
    this.#program = program
    this.#tx = new Transaction(program, request)
    this.#tx.removed = removed?.slice()
    this.#tx.removedTargets = removedTargets && new Map(removedTargets)
    this.#tx.bodyProcessor = processorFor(fieldValue(request.fields, 'content-type') ?? '') ?? ''
  }

  /** Phase 1: the request's head. */
  head(): Interruption | undefined {
    return (this.#interruption = runPhase(this.#tx, 1, this.#matches))
  }

  /** Whether the body is to be looked at: else it may pass unread. */
  get wantsBody(): boolean {
    return this.#tx.mode !== 'off' && this.#program.requestBodies && this.#tx.access.request
  }

  /** Phase 2: the request's body; undefined when it has none, or is not looked at. */
  body(body: string | undefined): Interruption | undefined {
    this.#tx.readBody(body)
    return (this.#interruption = runPhase(this.#tx, 2, this.#matches))
  }

  /** Whether an answer's body of a media type is to be looked at. */
  wantsAnswerBody(contentType: string): boolean {
    const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
    return this.#tx.mode !== 'off' && this.#program.responseBodies.has(type) && this.#tx.access.response
  }

  /** Phases 3 and 4: the answer. Its body is undefined when it has none, or is not looked at. */
  answer(response: InspectedAnswer): Interruption | undefined {
    this.#tx.answered(response)
    return (this.#interruption = runPhase(this.#tx, 3, this.#matches) ?? runPhase(this.#tx, 4, this.#matches))
  }

  /** Phase 5, in which nothing is ended any more; then the report. */
  end(): Report {
    runPhase(this.#tx, 5, this.#matches)
    return { interruption: this.#interruption, detected: this.#tx.detected, matches: this.#matches }
  }
}

/** A request, and the answer to it where there is one, through all phases at once. */
export function evaluate(program: Program, request: InspectedRequest & { readonly body?: string | undefined }, response?: InspectedAnswer): Report {
  const inspection = new Inspection(program, request)
  const interrupted = inspection.head() ?? inspection.body(inspection.wantsBody ? request.body : undefined)
  if (!interrupted && response) inspection.answer(inspection.wantsAnswerBody(fieldValue(response.fields, 'content-type') ?? '') ? response : { ...response, body: undefined })
  return inspection.end()
}
