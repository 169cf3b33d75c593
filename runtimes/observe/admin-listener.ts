// The admin API behind a listener of the runtime: a gateway that asks nobody.
import { answerOf, BytesPayload, fieldValue, parseHost, type Payload, toHeaders, type WireRequest } from '../../src/adapter.js'
import type { Answer, Gateway } from '../../src/index.js'

/** Largest body that is read. */
const MAX_BODY_BYTES = 64 * 1024

/** The gateway whose place on a listener the API takes, all but its answers. */
export function answering(gateway: Gateway, handler: (request: Request) => Promise<Response>): Gateway {
  return { ...gateway, handle: (request) => answerBy(handler, request) }
}

async function answerBy(handler: (request: Request) => Promise<Response>, { method, target, fields, body }: WireRequest): Promise<Answer> {
  const host = fieldValue(fields, 'host') ?? ''
  const read = body ? await readAll(body) : new Uint8Array()
  const url = `http://${host}${target}`
  // Of a Host that is none, or a target that is no path, nothing is looked at.
  if (!parseHost(host) || !target.startsWith('/') || !URL.canParse(url) || !read || !/^(GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS)$/.test(method)) return { status: read ? 400 : 413, fields: ['Content-Length', '0'], body: undefined, close: true }
  const response = await handler(new Request(url, { method, headers: toHeaders(fields), body: read.byteLength > 0 && method !== 'GET' && method !== 'HEAD' ? read : null }))
  const answer = answerOf(response)
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { status: answer.status, fields: [...answer.fields, 'Content-Length', String(bytes.byteLength)], body: method === 'HEAD' ? undefined : new BytesPayload(bytes) }
}

/** The bytes of a body; undefined where there are too many. */
async function readAll(body: Payload): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(MAX_BODY_BYTES)
  let length = 0
  const reader = body.stream().getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytes.slice(0, length)
    if (length + value.byteLength > MAX_BODY_BYTES) {
      reader.cancel().catch(() => {})
      return undefined
    }
    bytes.set(value, length)
    length += value.byteLength
  }
}
