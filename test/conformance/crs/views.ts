// The bytes of a test as a request, and the answer that the tests' server gives to it.
import type { InspectedAnswer, InspectedRequest } from '../../../src/waf/index.js'

export type CrsRequest = InspectedRequest & { readonly body: string | undefined }

/** undefined for what is no request line of HTTP. */
export function requestOf(wire: string, id: string): CrsRequest | undefined {
  const end = wire.indexOf('\r\n\r\n')
  const [line = '', ...lines] = (end < 0 ? wire : wire.slice(0, end)).split('\r\n')
  const [, method, target, protocol] = /^(\S+) (.*?)(?: (HTTP\/\S+))?$/.exec(line) ?? []
  if (method === undefined || target === undefined) return undefined
  const fields = lines.flatMap((each) => {
    const colon = each.indexOf(':')
    return colon > 0 ? [each.slice(0, colon), each.slice(colon + 1).trim()] : []
  })
  const body = end < 0 ? '' : wire.slice(end + 4)
  return { method, target, protocol: protocol ?? 'HTTP/0.9', fields, client: '127.0.0.1', id, body: body === '' ? undefined : body }
}

interface Reflection {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly encodedBody?: string
}

/** `/reflect` answers with what it is sent; everything else is an empty 200. */
export function answerTo({ method, target, body }: CrsRequest): InspectedAnswer {
  const answer = (status: number, fields: readonly string[], text: string): InspectedAnswer => ({ status, protocol: 'HTTP/1.1', fields, body: text })
  if (method !== 'POST' || !/^\/reflect\/?(?:\?|$)/.test(target)) return answer(200, [], '')
  let asked: Reflection
  try {
    asked = JSON.parse(Buffer.from(body ?? '', 'latin1').toString('utf8')) as Reflection
  } catch {
    return answer(400, [], 'Invalid JSON in request body')
  }
  const fields = Object.entries(asked.headers ?? {}).flat()
  const typed = fields.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'content-type')
  const text = asked.body === undefined ? Buffer.from(asked.encodedBody ?? '', 'base64') : Buffer.from(asked.body, 'utf8')
  return answer(asked.status ?? 200, typed ? fields : [...fields, 'Content-Type', 'text/plain; charset=utf-8'], text.toString('latin1'))
}
