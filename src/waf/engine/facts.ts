// What variables are read from: a transaction, as far as they know it.
import type { BodyField, ParsedBody } from '../bodies/parsed-body.js'
import type { InspectedAnswer, InspectedRequest } from '../../firewall.js'
import type { TxLayout } from './tx-layout.js'
import type { Value } from './value.js'

export interface Facts {
  readonly request: InspectedRequest
  readonly response: InspectedAnswer | undefined
  readonly body: ParsedBody
  /** In capitals; '' when nothing reads the body. */
  readonly bodyProcessor: string
  /** The bytes of the body, where it is looked at. */
  readonly rawBody: string | undefined
  readonly bodyVariable: string | undefined
  readonly queryString: string
  readonly query: readonly BodyField[]
  readonly uri: string
  readonly fileName: string
  readonly args: readonly Value[]
  readonly argNames: readonly Value[]
  readonly matchedText: string
  readonly matchedName: string
  readonly matchedValues: readonly Value[]
  /** The variables of `TX` by place. */
  readonly slots: readonly (string | undefined)[]
  readonly layout: TxLayout
  readonly variables: () => readonly Value[]
  readonly valuesOf: (name: string) => readonly Value[]
}
