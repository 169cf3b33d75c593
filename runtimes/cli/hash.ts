// What `hash` writes: the hash of a password, or a new key with its digest.
import { createHash, randomBytes } from 'node:crypto'
import { HASH_ITERATIONS, hashPassword } from '../../src/adapter.js'
import { SecretInputError } from './secret-input.js'

/** What OWASP asks of PBKDF2 with SHA-256; Workers compute at most 100,000. */
export const DEFAULT_ITERATIONS = 600_000

/** Whether `users` of `basicAuth` takes hashes of so many. */
export function areIterations(text: string): boolean {
  return /^\d{1,9}$/.test(text) && Number(text) >= HASH_ITERATIONS.least && Number(text) <= HASH_ITERATIONS.most
}

/** Rejects with a {@link SecretInputError} where there is no password to hash. */
export async function passwordLine(password: string, iterations: number): Promise<string> {
  try {
    return `${await hashPassword(password, iterations)}\n`
  } catch (error) {
    throw new SecretInputError((error as Error).message)
  }
}

/** A key of 256 bits for a client, and what goes into `keys` of `apiKey`. */
export function keyLines(): string {
  const key = randomBytes(32).toString('base64url')
  return `key     ${key}\ndigest  sha256:${createHash('sha256').update(key).digest('hex')}\n`
}
