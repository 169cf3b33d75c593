// The payload of a Close frame, and the codes that may stand in it (RFC 6455 §5.5.1, §7.4).

/** No code was in the frame; never sent. */
export const NO_CODE = 1005
/** The connection ended without a Close frame; never sent. */
export const BROKEN = 1006

/** What an endpoint closes with. */
export interface Close {
  /** {@link NO_CODE} when there is none. */
  readonly code: number
  readonly reason: string
}

/** Longest payload of a control frame. */
const MAX_CONTROL_BYTES = 125

/** Whether a code may stand in a frame: those registered, and those of libraries and applications. */
export function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_CODE && code !== BROKEN) || (code >= 3000 && code <= 4999)
}

/** Reads a payload. Gives the code with which the connection must fail instead where it is malformed. */
export function parseClose(payload: Uint8Array): Close | { readonly fault: 1002 | 1007 } {
  if (payload.byteLength === 0) return { code: NO_CODE, reason: '' }
  const code = payload[0]! * 256 + (payload[1] ?? 0)
  if (payload.byteLength === 1 || !isSendable(code)) return { fault: 1002 }
  const reason = decodeUtf8(payload.subarray(2))
  return reason === undefined ? { fault: 1007 } : { code, reason }
}

/** The payload for a close. A code that must not be sent is left out with its reason: none says nothing false. */
export function closePayload({ code, reason }: Close): Uint8Array {
  if (!isSendable(code)) return new Uint8Array(0)
  const payload = new Uint8Array(MAX_CONTROL_BYTES)
  payload[0] = code >> 8
  payload[1] = code & 0xff
  // Writes whole characters only, so that a reason that is too long is cut between two.
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2))
  return payload.subarray(0, 2 + written)
}

/** The text, every character of it kept; undefined when the bytes are no UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
