// A request and its answer as rules see them: every character one byte.
import type { Exchange } from '../../exchange.js'
import type { InspectedAnswer, InspectedRequest } from '../../firewall.js'
import { bytesAsText } from '../../http/bytes-as-text.js'
import type { Fields } from '../../http/fields.js'
import type { Answer } from '../../ports.js'

const PROTOCOL = 'HTTP/1.1'

/** As it was sent: nothing that filters have changed. */
export function inspectedRequest({ method, target, sentFields, client, id }: Exchange): InspectedRequest {
  return { method, target: asBytes(target.raw), protocol: PROTOCOL, fields: fieldsAsBytes(sentFields), client: client.address ?? '', id }
}

export function inspectedAnswer({ status, fields }: Answer, body: Uint8Array | undefined): InspectedAnswer {
  return { status, protocol: PROTOCOL, fields: fieldsAsBytes(fields), body: body && bytesAsText(body) }
}

/** Runtimes that read fields as UTF-8 give characters which are several bytes; what is in front of it is as it came. */
function asBytes(text: string): string {
  return /[^\0-\xff]/.test(text) ? bytesAsText(new TextEncoder().encode(text)) : text
}

function fieldsAsBytes(fields: Fields): Fields {
  return fields.some((text) => /[^\0-\xff]/.test(text)) ? fields.map(asBytes) : fields
}
