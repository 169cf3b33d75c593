// Hashes of passwords as a configuration holds them: `$pbkdf2-sha256$i=600000$salt$hash`, both in base64 without padding.

/** A password, hashed slowly (RFC 8018 §5.2). */
export interface PasswordHash {
  readonly iterations: number
  readonly salt: Uint8Array<ArrayBuffer>
  readonly hash: Uint8Array<ArrayBuffer>
}

/** Fewer are guessed too fast; more would hold the processor for seconds. */
export const HASH_ITERATIONS = { least: 10_000, most: 5_000_000 } as const

const GRAMMAR = /^\$pbkdf2-sha256\$i=(\d{1,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/

/** Reads such a text; undefined when it is none. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = GRAMMAR.exec(text)
  const salt = match && bytesOf(match[2]!)
  const hash = match && bytesOf(match[3]!)
  return salt && hash ? { iterations: Number(match[1]), salt, hash } : undefined
}

export function formatPasswordHash({ iterations, salt, hash }: PasswordHash): string {
  return `$pbkdf2-sha256$i=${iterations}$${textOf(salt)}$${textOf(hash)}`
}

/** What is wrong with a text in the place of a hash. */
export function passwordHashFault(text: string): string | undefined {
  const parsed = parsePasswordHash(text)
  if (!parsed) return 'is not a hash such as "$pbkdf2-sha256$i=600000$…$…"; make one with: fetchgate hash (hashes of htpasswd, bcrypt and their like cannot be computed on all runtimes)'
  const { least, most } = HASH_ITERATIONS
  return parsed.iterations < least || parsed.iterations > most ? `must have from ${least} to ${most} iterations` : undefined
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  // The one length that no number of bytes has.
  return text.length % 4 === 1 ? undefined : Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

function textOf(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, '')
}
