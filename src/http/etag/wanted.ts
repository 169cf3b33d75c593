// Which answers get a tag of the gateway's own (RFC 9110 §8.8.3).
import { parseCacheControl } from '../cache-control.js'
import { combinedValue, type Fields, fieldValue } from '../fields.js'
import type { Payload } from '../payload.js'

/** With one of these the server knows better, and would be asked for changes by a tag that it does not know; trailers would be lost. */
const EXCLUDING = ['etag', 'last-modified', 'trailer']

/** Whether the body of an answer to GET is worth a tag: not where the client may not keep it. */
export function wantsTag({ status, fields, body }: { readonly status: number; readonly fields: Fields; readonly body: Payload | undefined }, maxBytes: number): boolean {
  return (
    status === 200 && body?.length !== undefined && body.length <= maxBytes
    && !EXCLUDING.some((name) => fieldValue(fields, name) !== undefined) && !parseCacheControl(combinedValue(fields, 'cache-control')).has('no-store')
  )
}
