// Base64: read up to the first character that is none, or over all of those, and written.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function base64Decode(text: string): string {
  return decoded(/^[A-Za-z0-9+/]*/.exec(text)![0])
}

/** Over everything that is not Base64, as mail readers do. */
export function base64DecodeExt(text: string): string {
  return decoded(text.replace(/[^A-Za-z0-9+/]+/g, ''))
}

function decoded(digits: string): string {
  let out = ''
  let bits = 0
  let held = 0
  for (const digit of digits) {
    held = ((held << 6) | ALPHABET.indexOf(digit)) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    out += String.fromCharCode((held >> bits) & 0xff)
  }
  return out
}

export function base64Encode(text: string): string {
  return btoa(text)
}
