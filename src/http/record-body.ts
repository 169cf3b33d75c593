// Copies a body on its way to the client, so that it can be stored once it is known to be whole.
import type { Payload } from './payload.js'

/**
 * The same body, with `whole` called once when all of it has gone by. A body that breaks, is given up, ends short of
 * its declared length or grows past `maxBytes` is never reported.
 */
export function recordBody(body: Payload, maxBytes: number, whole: (bytes: Uint8Array) => void): Payload {
  const chunks: Uint8Array[] = []
  let total = 0
  const record = (chunk: Uint8Array): void => {
    total += chunk.byteLength
    if (total <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
  }
  const finish = (): void => {
    if (total <= maxBytes && (body.length === undefined || body.length === total)) whole(concat(chunks, total))
  }
  return {
    length: body.length,
    get used() {
      return body.used
    },
    cancel: (reason) => body.cancel(reason),
    stream() {
      const reader = body.stream().getReader()
      return new ReadableStream({
        async pull(controller) {
          const { done, value } = await reader.read()
          if (done) {
            finish()
            controller.close()
          } else {
            record(value)
            controller.enqueue(value)
          }
        },
        cancel: (reason) => reader.cancel(reason),
      }, { highWaterMark: 0 })
    },
  }
}

function concat(chunks: readonly Uint8Array[], total: number): Uint8Array {
  // A chunk may be a small part of a large pooled buffer, which must not stay in memory as long as the entry does.
  if (chunks.length === 1 && chunks[0]!.buffer.byteLength === total) return chunks[0]!
  const bytes = new Uint8Array(total)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
