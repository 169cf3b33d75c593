// Which final answers end with their head (RFC 9112 §6.3, RFC 9110 §15.3.6 for 205).

/** Whether an answer with this status, to this method, has no body whatever its fields say. */
export function isBodiless(status: number, method = 'GET'): boolean {
  return method === 'HEAD' || status === 204 || status === 205 || status === 304
}

/** Fields that a 304 does not repeat: they describe a body it has not got (RFC 9110 §15.4.5). */
export const BODY_FIELDS: ReadonlySet<string> = new Set(['content-length', 'content-type', 'content-encoding', 'content-language', 'content-range'])
