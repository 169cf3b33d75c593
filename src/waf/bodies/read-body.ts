// The body of a request by the processor that rules chose for it.
import { jsonFields } from './json.js'
import { multipartForm } from './multipart.js'
import { type BodyLimits, EMPTY_BODY, type ParsedBody } from './parsed-body.js'
import { urlencodedFields } from './urlencoded.js'
import { xmlContent } from './xml.js'

/** The processors there are; any other name is one that cannot read. */
export type BodyProcessor = 'URLENCODED' | 'MULTIPART' | 'JSON' | 'XML'

/** The processor that a `Content-Type` asks for by itself. */
export function processorFor(contentType: string): BodyProcessor | undefined {
  if (/^application\/x-www-form-urlencoded(?:\s*;|\s*$)/i.test(contentType)) return 'URLENCODED'
  return /^multipart\/form-data(?:\s*;|\s*$)/i.test(contentType) ? 'MULTIPART' : undefined
}

export function readBody(body: string, processor: string, contentType: string, limits: BodyLimits): ParsedBody {
  switch (processor) {
    case 'URLENCODED':
      return { ...EMPTY_BODY, ...capped(urlencodedFields(body), limits) }
    case 'MULTIPART':
      return { ...EMPTY_BODY, ...multipartForm(body, contentType, limits) }
    case 'JSON':
      return { ...EMPTY_BODY, ...jsonFields(body, limits) }
    case 'XML': {
      const { error, ...xml } = xmlContent(body, limits)
      return { ...EMPTY_BODY, xml, error }
    }
    default:
      return { ...EMPTY_BODY, error: `there is no body processor ${processor}` }
  }
}

function capped(fields: ParsedBody['fields'], limits: BodyLimits): Pick<ParsedBody, 'fields' | 'error'> {
  if (fields.length <= limits.fields) return { fields, error: undefined }
  return { fields: fields.slice(0, limits.fields), error: `the form has more than ${limits.fields} fields` }
}
