// What a body says once it was read, whichever form it has.

/** A named value; both are bytes. */
export interface BodyField {
  readonly name: string
  readonly value: string
}

/** A file within a form. */
export interface BodyFile {
  /** Of the field it stands in. */
  readonly field: string
  readonly fileName: string
  readonly size: number
}

export interface ParsedBody {
  readonly fields: readonly BodyField[]
  readonly files: readonly BodyFile[]
  /** The lines of the headers of parts, by the name of the part. */
  readonly partHeaders: readonly BodyField[]
  /** The text of an XML document, and the values of its attributes. */
  readonly xml: { readonly text: string; readonly attributes: readonly string[] } | undefined
  /** Why the body could not be read. */
  readonly error: string | undefined
  /** By the names of their variables: what in a multipart body is read differently by different servers. */
  readonly strictness: ReadonlySet<string>
}

export const EMPTY_BODY: ParsedBody = { fields: [], files: [], partHeaders: [], xml: undefined, error: undefined, strictness: new Set() }

/** How much of a body is looked at before it counts as one that cannot be read. */
export interface BodyLimits {
  readonly depth: number
  readonly fields: number
}
