// A request of Bun.serve in the gateway's wire form.
import { fromHeaders, type Fields, type Payload, type WireRequest } from '../../src/adapter.js'
import { requestBody } from '../shared/fetch-request.js'
import { upgradeAsked, withoutExtensions } from '../websocket/handshake.js'

/** The request as Bun left it: field names in lower case, the target resolved as a URL is. */
export class BunRequest implements WireRequest {
  readonly method: string
  readonly target: string
  readonly fields: Fields
  readonly body: Payload | undefined
  readonly upgrade: WireRequest['upgrade']
  readonly #request: Request

  constructor(request: Request) {
    this.method = request.method
    this.target = targetOf(request.url)
    const fields = fromHeaders(request.headers)
    this.upgrade = upgradeAsked(this.method, fields)
    this.fields = this.upgrade ? withoutExtensions(fields) : fields
    this.body = requestBody(request, this.fields)
    this.#request = request
  }

  /** Aborted when the client goes away before the answer is complete, and never after. */
  get signal(): AbortSignal {
    return this.#request.signal
  }
}

/**
 * The target in the text of Bun's URL, which is `http://host/path`, or the path alone where the Host is malformed. A
 * Host with a slash in it never gets as far as the URL; the gateway refuses it for what it is.
 */
function targetOf(url: string): string {
  if (url.startsWith('/')) return url
  const path = url.indexOf('/', url.indexOf('://') + 3)
  return path < 0 ? url : url.slice(path)
}
