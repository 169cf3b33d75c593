// One request to an authority, by the client of node:https that every runtime has.
import { request as httpsRequest } from 'node:https'
import { AcmeError, retryAfterMs } from './fault.js'

export interface Reply {
  readonly status: number
  header(name: string): string | undefined
  readonly retryAfterMs: number | undefined
  readonly text: string
}

export interface Sending {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly body?: string
  readonly accept?: string
  /** PEM of the authorities it is believed by. */
  readonly ca?: string | undefined
  readonly signal?: AbortSignal | undefined
}

const TIMEOUT_MS = 30_000
/** No certificate, chain or order comes near it. */
const MAX_BYTES = 1024 * 1024

/** Rejects with an AcmeError where there is no answer. Does not follow redirects: what is signed is for one URL. */
export function send(url: string, { method, body, accept, ca, signal }: Sending): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new AcmeError('away', `${originOf(url)} does not answer: ${error.message || (error as { code?: string }).code}`, { cause: error }))
    if (!/^https:\/\//.test(url)) return fail(new Error('not https'))
    const headers = { 'user-agent': 'fetchgate', ...(accept === undefined ? {} : { accept }), ...(body === undefined ? {} : { 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(body) }) }
    const request = httpsRequest(url, { method, headers, agent: false, ...(ca === undefined ? {} : { ca }), ...(signal ? { signal } : {}) }, (response) => {
      const pieces: Buffer[] = []
      let bytes = 0
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        if ((bytes += piece.byteLength) > MAX_BYTES) request.destroy(new Error('its answer is too long'))
      })
      response.on('error', fail)
      response.on('end', () => {
        clearTimeout(deadline)
        const header = (name: string): string | undefined => {
          const value = response.headers[name]
          return Array.isArray(value) ? value[0] : value
        }
        resolve({ status: response.statusCode ?? 0, header, retryAfterMs: retryAfterMs(header('retry-after'), Date.now()), text: Buffer.concat(pieces).toString('utf8') })
      })
    })
    const deadline = setTimeout(() => request.destroy(new Error(`nothing within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS)
    deadline.unref()
    request.on('error', (error) => {
      clearTimeout(deadline)
      fail(error)
    })
    request.end(body)
  })
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'the authority'
}
