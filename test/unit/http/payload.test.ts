import { expect, test } from 'vitest'
import { StreamPayload } from '../../../src/http/payload.js'

test.each<[string, (payload: StreamPayload) => unknown]>([
  ['read', (payload) => payload.stream()],
  ['given up', (payload) => payload.cancel()],
])('a stream that was %s cannot be sent a second time', (_, use) => {
  const payload = new StreamPayload(new ReadableStream())
  expect(payload.used).toBe(false)
  use(payload)
  expect(payload.used).toBe(true)
})
