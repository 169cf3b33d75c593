// Gets one certificate: order, challenges, request, download (RFC 8555 §7.4).
import type { AcmeClient } from './client.js'
import { AcmeError, problemOf } from './fault.js'
import { challengeCertificate, newRequest } from './x509.js'

export type ChallengeType = 'http-01' | 'tls-alpn-01'

/** Where answers to challenges are shown to authorities. */
export interface Challenges {
  pose(id: string, answer: string): void
  withdraw(id: string): void
}

export interface Ordering {
  readonly name: string
  /** Ways to prove it, the one to be tried first. */
  readonly ways: readonly ChallengeType[]
  readonly profile: string | undefined
  /** The certificate whose place the new one takes, by its identifier (RFC 9773 §5). */
  readonly replaces: string | undefined
}

interface Order {
  readonly status?: string
  readonly authorizations?: readonly string[]
  readonly finalize?: string
  readonly certificate?: string
  readonly error?: unknown
}

interface Authorization {
  readonly status?: string
  readonly challenges?: readonly { readonly type?: string; readonly url?: string; readonly token?: string; readonly error?: unknown }[]
}

/** An order that is not done by then is given up. */
const PATIENCE_MS = 180_000
const LEAST_POLL_MS = 250
const FIRST_POLL_MS = 500
const MOST_POLL_MS = 10_000

/** The key and the certificate with those behind it, PEM one after the other. Rejects with an AcmeError. */
export async function obtain(client: AcmeClient, ordering: Ordering, challenges: Challenges, signal: AbortSignal): Promise<string> {
  const deadlineMs = performance.now() + PATIENCE_MS
  const { newOrder } = await client.directory()
  const { reply, json } = await begin(client, newOrder, ordering)
  const url = reply.header('location')
  const order = json as Order
  if (url === undefined || typeof order.finalize !== 'string') throw new AcmeError('away', 'the authority has made an order without an address')
  for (const authorization of order.authorizations ?? []) await prove(client, authorization, ordering, challenges, deadlineMs, signal)
  const { csr, key } = await newRequest(ordering.name)
  await client.post(order.finalize, { csr })
  const done = await poll(client, url, deadlineMs, signal, (read: Order) => (read.status === 'valid' && typeof read.certificate === 'string' ? read.certificate : read.status === 'invalid' ? problemOf(400, read.error, undefined) : undefined))
  const { reply: chain } = await client.post(done, undefined, 'account', 'application/pem-certificate-chain')
  return `${key}${chain.text.trim()}\n`
}

async function begin(client: AcmeClient, newOrder: string, { name, profile, replaces }: Ordering): ReturnType<AcmeClient['post']> {
  const payload = { identifiers: [{ type: 'dns', value: name }], ...(profile === undefined ? {} : { profile }) }
  if (replaces === undefined) return client.post(newOrder, payload)
  try {
    return await client.post(newOrder, { ...payload, replaces })
  } catch (error) {
    // One that was replaced already, or that the authority does not know, is renewed without being named.
    if (!(error instanceof AcmeError) || error.kind !== 'refused' || error.type === 'rateLimited') throw error
    return client.post(newOrder, payload)
  }
}

async function prove(client: AcmeClient, url: string, { name, ways }: Ordering, challenges: Challenges, deadlineMs: number, signal: AbortSignal): Promise<void> {
  const authorization = (await client.post(url)).json as Authorization
  if (authorization.status === 'valid') return
  const offered = authorization.challenges ?? []
  const challenge = ways.map((way) => offered.find(({ type }) => type === way)).find((found) => found)
  if (!challenge || typeof challenge.url !== 'string' || typeof challenge.token !== 'string' || !/^[\w-]{16,200}$/.test(challenge.token)) {
    throw new AcmeError('refused', `the authority offers none of the challenges ${ways.join(', ')} for ${name}`)
  }
  const proof = await client.keyAuthorization(challenge.token)
  const id = challenge.type === 'http-01' ? challenge.token : tlsChallengeId(name)
  if (challenge.type === 'http-01') challenges.pose(id, proof)
  else {
    const { cert, key } = await challengeCertificate(name, proof)
    challenges.pose(id, key + cert)
  }
  try {
    await client.post(challenge.url, {})
    await poll(client, url, deadlineMs, signal, (read: Authorization) => (read.status === 'valid' ? 'valid' : read.status === 'pending' || read.status === 'processing' ? undefined : problemOf(403, read.challenges?.find(({ error }) => error)?.error, undefined)))
  } finally {
    challenges.withdraw(id)
  }
}

/** What the answer to a challenge by TLS lies under. */
export function tlsChallengeId(name: string): string {
  return `${name}.tls`
}

/** Asks until `judge` has found what it looks for. Given an error, it rejects. */
async function poll<T>(client: AcmeClient, url: string, deadlineMs: number, signal: AbortSignal, judge: (read: T) => string | AcmeError | undefined): Promise<string> {
  for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(MOST_POLL_MS, waitMs * 1.5)) {
    const { reply, json } = await client.post(url)
    const found = judge((json ?? {}) as T)
    if (typeof found === 'string') return found
    if (found) throw found
    const pauseMs = Math.min(MOST_POLL_MS, Math.max(LEAST_POLL_MS, reply.retryAfterMs ?? waitMs))
    if (performance.now() + pauseMs > deadlineMs) throw new AcmeError('away', `the authority was not done after ${PATIENCE_MS / 1000} s`)
    await pause(pauseMs, signal)
  }
}

/** Waits without keeping the process alive, and no longer than until we stop. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(new AcmeError('away', 'the gateway stops'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
