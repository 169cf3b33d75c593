// Fields of requests and answers as rules see them.

/** The first value of a field; '' when there is none. */
export function fieldOf(fields: readonly string[], lowerName: string): string {
  for (let at = 0; at + 1 < fields.length; at += 2) if (fields[at]!.toLowerCase() === lowerName) return fields[at + 1]!
  return ''
}
