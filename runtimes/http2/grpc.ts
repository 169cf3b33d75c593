// What a gRPC client is told when the gateway itself has the answer: gRPC reads a status of its own, and no other.
import { type Answer, BytesPayload, editFields, fieldValue, type Fields } from '../../src/adapter.js'

/** gRPC's codes for statuses of HTTP, as its specification has clients map them; all others are UNKNOWN. */
const CODES: Readonly<Record<number, number>> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 }
const UNKNOWN = 2

/** Whether a request is one of gRPC; gRPC-Web speaks HTTP/1.1 too, and has its status in the body. */
export function isGrpc(fields: Fields): boolean {
  return /^application\/grpc(?!-web)/i.test(fieldValue(fields, 'content-type') ?? '')
}

/** A problem document of the gateway as a gRPC answer with nothing but a status. What servers answer stays as it is. */
export function forGrpc(answer: Answer): Answer {
  const { status, fields, body } = answer
  if (!(body instanceof BytesPayload) || fieldValue(fields, 'content-type') !== 'application/problem+json') return answer
  const { title, detail } = JSON.parse(new TextDecoder().decode(body.bytes)) as { title: string; detail?: string }
  const told = ['Content-Type', 'application/grpc', 'grpc-status', String(CODES[status] ?? UNKNOWN), 'grpc-message', percentEncoded(detail ?? title)]
  return { ...answer, status: 200, fields: [...told, ...editFields(fields, { remove: REPLACED })], body: new BytesPayload(new Uint8Array(0)) }
}

const REPLACED: ReadonlySet<string> = new Set(['content-type', 'content-length'])

/** gRPC's spelling of messages in fields. */
function percentEncoded(message: string): string {
  return encodeURIComponent(message).replace(/%(20|2[1-9A-F]|3[A-F]|40|5[B-E]|60|7[B-E])/g, (escape) => (escape === '%25' ? escape : decodeURIComponent(escape)))
}
