// Encrypts what a browser keeps for us, so that it can neither be read nor changed: AES-256-GCM.

/** For what a text was sealed; one is never opened as the other. */
export type Purpose = 'session' | 'login'

const IV_BYTES = 12

export class Seal {
  readonly #secrets: readonly string[]
  readonly #scope: string
  #keys: readonly CryptoKey[] | undefined

  /** The first secret seals, all open. `scope` tells filters apart that share a secret. */
  constructor(secrets: readonly string[], scope: string) {
    this.#secrets = secrets
    this.#scope = scope
  }

  async seal(purpose: Purpose, text: string): Promise<string> {
    const [key] = await this.#derived()
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bytesOf(purpose) }, key!, bytesOf(text)))
    return base64url(iv) + base64url(sealed)
  }

  /** Undefined for what is not ours. */
  async open(purpose: Purpose, sealed: string): Promise<string | undefined> {
    const iv = fromBase64url(sealed.slice(0, (IV_BYTES * 4) / 3))
    const data = fromBase64url(sealed.slice((IV_BYTES * 4) / 3))
    if (iv?.byteLength !== IV_BYTES || !data) return undefined
    for (const key of await this.#derived()) {
      try {
        return new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: bytesOf(purpose) }, key, data))
      } catch {
        // Sealed with another secret, or changed on the way.
      }
    }
    return undefined
  }

  async #derived(): Promise<readonly CryptoKey[]> {
    return (this.#keys ??= await Promise.all(
      this.#secrets.map(async (secret) => {
        const material = await crypto.subtle.importKey('raw', bytesOf(secret), 'HKDF', false, ['deriveKey'])
        const info = bytesOf(`fetchgate login ${this.#scope}`)
        return crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info }, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
      }),
    ))
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function base64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
}
