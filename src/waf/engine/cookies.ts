// The cookies of a request, as the first version of the standard writes them; values stay as they are.

/** Names and values of all `Cookie` fields. */
export function cookieFields(fields: readonly string[]): (readonly [name: string, value: string])[] {
  const found: (readonly [string, string])[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at]!.toLowerCase() !== 'cookie') continue
    for (const part of fields[at + 1]!.split(';')) {
      const text = part.trimStart()
      if (text === '') continue
      const equals = text.indexOf('=')
      found.push(equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)])
    }
  }
  return found
}
