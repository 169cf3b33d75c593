// Field lines as they stood on the wire, and the few ways to read and edit them (RFC 9110 §5).

/**
 * A message's field lines as one flat list, `[name, value, name, value, …]`, with the order, case and
 * repetition of the wire kept (RFC 9110 §5.2, §5.3). The flat shape is what Node and undici give and take,
 * so a relayed head is never rebuilt line by line.
 */
export type Fields = readonly string[]

/** Changes to a field list, applied in one pass: `remove` and `set` drop lines, then `set` and `append` add theirs. */
export interface FieldEdits {
  /** Lower-case names whose lines go. */
  readonly remove?: ReadonlySet<string>
  /** Lines that replace every line of the same name. */
  readonly set?: Fields
  /** Lines added whatever is there. */
  readonly append?: Fields
}

/** Whether a name as sent is the lower-case `wanted`; compares lengths first because nearly every line differs there. */
export function isNamed(name: string, wanted: string): boolean {
  return name.length === wanted.length && (name === wanted || name.toLowerCase() === wanted)
}

/** The first value of a field, or undefined. */
export function fieldValue(fields: Fields, wanted: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (isNamed(fields[i]!, wanted)) return fields[i + 1]
  return undefined
}

/** Every value of a field, in order. */
export function fieldValues(fields: Fields, wanted: string): string[] {
  const values: string[] = []
  for (let i = 0; i < fields.length; i += 2) if (isNamed(fields[i]!, wanted)) values.push(fields[i + 1]!)
  return values
}

/** All lines of a list-valued field as one value, joined by `, ` (RFC 9110 §5.3); undefined when the field is absent. */
export function combinedValue(fields: Fields, wanted: string): string | undefined {
  const values = fieldValues(fields, wanted)
  return values.length === 0 ? undefined : values.join(', ')
}

/** The fields after the edits. Returns the same list when there is nothing to do. */
export function editFields(fields: Fields, edits: FieldEdits): Fields {
  const { remove, set, append } = edits
  if (!remove?.size && !set?.length && !append?.length) return fields
  const replaced = set?.length ? namesIn(set) : undefined
  const out: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const lower = fields[i]!.toLowerCase()
    if (!remove?.has(lower) && !replaced?.has(lower)) out.push(fields[i]!, fields[i + 1]!)
  }
  if (set) out.push(...set)
  if (append) out.push(...append)
  return out
}

function namesIn(fields: Fields): ReadonlySet<string> {
  const names = new Set<string>()
  for (let i = 0; i < fields.length; i += 2) names.add(fields[i]!.toLowerCase())
  return names
}

/** The lines of a `Headers`. Case and order are lost there, and only `Set-Cookie` keeps its number (Fetch §2.2.2). */
export function fromHeaders(headers: Headers): Fields {
  const fields: string[] = []
  // Bun and Deno make no pair of each line here: half and a fifth of what a loop over them costs.
  headers.forEach((value, name) => fields.push(name, value))
  return fields
}

/** A `Headers` over the lines, for callers that speak fetch. Lines that `Headers` refuses throw a TypeError. */
export function toHeaders(fields: Fields): Headers {
  const headers = new Headers()
  for (let i = 0; i < fields.length; i += 2) {
    // Cookie is the one field that joins by "; " (RFC 6265 §5.4); Headers would join it by a comma.
    const cookie = isNamed(fields[i]!, 'cookie') ? headers.get('cookie') : null
    if (cookie === null) headers.append(fields[i]!, fields[i + 1]!)
    else headers.set('cookie', `${cookie}; ${fields[i + 1]!}`)
  }
  return headers
}
