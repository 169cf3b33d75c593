// A gRPC health check as bytes: the request of grpc.health.v1.Health/Check, and what its answer says.
import { PASS, type ProbeVerdict } from './probe-verdict.js'

/** Path to POST to, with `content-type: application/grpc` and `te: trailers`. */
export const GRPC_HEALTH_PATH = '/grpc.health.v1.Health/Check'

const PREFIX_BYTES = 5
const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

/** The message that asks for a service, framed; an empty name asks for the server as a whole. */
export function grpcHealthRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service)
  // Field 1, length-delimited. An empty string is the default and is left out.
  const message = name.length === 0 ? [] : [0x0a, ...varint(name.length), ...name]
  return Uint8Array.of(0, 0, 0, message.length >> 8, message.length & 0xff, ...message)
}

/** `grpcStatus` is the `grpc-status` of the trailers, or of the head where there was no message. */
export function judgeGrpcAnswer(grpcStatus: string | undefined, body: Uint8Array): ProbeVerdict {
  if (grpcStatus !== '0') return { kind: 'fail', reason: grpcStatus === undefined ? 'no grpc-status in the answer' : `grpc-status ${grpcStatus}` }
  const status = servingStatus(body)
  if (status === undefined) return { kind: 'fail', reason: 'the answer is no HealthCheckResponse' }
  return status === 1 ? PASS : { kind: 'fail', reason: SERVING_STATUS[status] ?? `serving status ${status}` }
}

/** Field 1 of the framed message; 0 when it is left out, undefined when the bytes are something else. */
function servingStatus(body: Uint8Array): number | undefined {
  if (body.length < PREFIX_BYTES || body[0] !== 0) return undefined
  const length = body[1]! * 2 ** 24 + body[2]! * 2 ** 16 + body[3]! * 2 ** 8 + body[4]!
  if (body.length !== PREFIX_BYTES + length) return undefined
  if (length === 0) return 0
  return length === 2 && body[5] === 0x08 && body[6]! < 0x80 ? body[6] : undefined
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >> 7)]
}
