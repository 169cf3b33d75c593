// A strong entity tag from the bytes of a body: the same for the same bytes, on every machine and after every restart (RFC 9110 §8.8.3).

/** Half of a SHA-256 digest: no two bodies of one URL have the same by chance, and whoever makes two on purpose owns the URL. */
const DIGEST_BYTES = 16

export async function digestTag(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource), 0, DIGEST_BYTES)
  return `"${btoa(String.fromCharCode(...digest)).slice(0, 22).replaceAll('+', '-').replaceAll('/', '_')}"`
}
