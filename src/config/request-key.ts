// The keys an operator may tell clients apart by: `client-ip`, `path`, `header:x`, `cookie:x`, `query:x`.

/** Where a key is taken from. */
export type RequestKey = { readonly kind: 'client-ip' | 'path' } | { readonly kind: 'header' | 'cookie' | 'query'; readonly name: string }

const KEY = /^(?:(client-ip|path)|(header|cookie|query):([^\s:=;,]+))$/

/** Reads a key; undefined when the text is none. */
export function parseRequestKey(text: string): RequestKey | undefined {
  const match = KEY.exec(text)
  if (!match) return undefined
  if (match[1]) return { kind: match[1] as 'client-ip' | 'path' }
  return { kind: match[2] as 'header' | 'cookie' | 'query', name: match[3]! }
}
