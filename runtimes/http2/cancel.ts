// How a stream is given up, so that nobody takes what was sent on it for a whole message.
import type { Http2Stream } from 'node:http2'
import { addAbortSignal } from 'node:stream'

/** Resets a stream with CANCEL. Its own `close` would send the frame that ends a message ahead of that. */
export function cancelStream(stream: Http2Stream): void {
  addAbortSignal(AbortSignal.abort(), stream)
}
