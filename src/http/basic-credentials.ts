// Reading the credentials of HTTP's Basic scheme (RFC 7617 §2).

export interface BasicCredentials {
  readonly user: string
  readonly password: string
}

const GRAMMAR = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i

/** The credentials in the value of an `Authorization` field, in one Unicode form; undefined when it holds none, or what is no UTF-8. */
export function basicCredentials(value: string): BasicCredentials | undefined {
  const encoded = GRAMMAR.exec(value)?.[1]
  const text = encoded === undefined ? undefined : decoded(encoded)
  const colon = text?.indexOf(':') ?? -1
  if (colon < 0) return undefined
  return { user: text!.slice(0, colon), password: text!.slice(colon + 1) }
}

function decoded(encoded: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
    return ownForm(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** A name or password as it is compared: composed, since keyboards differ (RFC 8265 §4.2). Undefined with control characters, which neither may have (RFC 7617 §2). */
export function ownForm(text: string): string | undefined {
  return /[\p{Cc}]/u.test(text) ? undefined : text.normalize('NFC')
}
