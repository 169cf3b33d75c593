// What the filter `waf` needs of an engine: its rules stay outside the core, which only some gateways use.
import type { FilterConfig } from './config/schema.js'
import type { Fields } from './http/fields.js'

/** A request as rules see it: texts whose characters are bytes. */
export interface InspectedRequest {
  readonly method: string
  readonly target: string
  readonly protocol: string
  readonly fields: Fields
  /** Address of the client; '' where it is not known. */
  readonly client: string
  readonly id: string
}

export interface InspectedAnswer {
  readonly status: number
  readonly protocol: string
  readonly fields: Fields
  /** undefined when it has none, or is not looked at. */
  readonly body: string | undefined
}

/** What rules want to become of a request. */
export interface Stop {
  readonly kind: 'deny' | 'allow' | 'redirect'
  readonly status: number
  /** Of a redirect: where to. */
  readonly to: string
  /** Which rule, and what it says: `949110 Inbound Anomaly Score Exceeded`. */
  readonly reason: string
}

/** One request before the rules. The phases come in order; after a stop only `end` does. */
export interface Inspected {
  readonly wantsBody: boolean
  head(): Stop | undefined
  body(body: string | undefined): Stop | undefined
  wantsAnswerBody(contentType: string): boolean
  answer(answer: InspectedAnswer): Stop | undefined
  /** Ends it, and writes the audit log; gives what would have stopped it, were the rules not only to detect. */
  end(about: EndOfInspection): string | undefined
}

/** What the audit log says beside what rules do. */
export interface EndOfInspection {
  readonly timeMs: number
  readonly host: string
  readonly path: string
  /** Of the answer as the client gets it. */
  readonly status: number
}

/** The rules of one filter. */
export interface Firewall {
  begin(request: InspectedRequest): Inspected
  /** Most bytes of a request's body; a longer one is refused. */
  readonly maxRequestBody: number
  /** Most bytes of an answer's body that are looked at. */
  readonly maxAnswerBody: number
  /** What is left to be made ready, in small steps: a request that comes to it earlier has to wait for it. */
  readonly preparations: readonly (() => void)[]
  /** Whether answers are looked at at all. */
  readonly inspectsAnswers: boolean
}

/** A fault of the settings or of the rule files. `keys` are those below the filter's. */
export interface FirewallFault {
  readonly keys: readonly (string | number)[]
  readonly value: unknown
  readonly message: string
}

/** Makes the rules of a filter, or tells why that cannot be done. */
export type OpenFirewall = (config: NonNullable<FilterConfig['waf']>) => Firewall | { readonly faults: readonly FirewallFault[] }
