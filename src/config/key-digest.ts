// Digests of keys as a configuration holds them: `sha256:` and 64 hexadecimal digits.

const GRAMMAR = /^sha256:([0-9a-f]{64})$/i

/** The bytes of a digest; undefined when the text is none. */
export function parseKeyDigest(text: string): Uint8Array | undefined {
  const digits = GRAMMAR.exec(text)?.[1]
  return digits === undefined ? undefined : Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16))
}

/** What is wrong with a text in the place of a digest. */
export function keyDigestFault(text: string): string | undefined {
  return parseKeyDigest(text) ? undefined : 'is not a digest such as "sha256:…" with 64 hexadecimal digits; make a key and its digest with: fetchgate hash --key'
}
