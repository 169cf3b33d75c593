// A stored answer as the client gets it (RFC 9111 §4, §5.1).
import { editFields } from '../http/fields.js'
import type { Answer } from '../ports.js'

/** Fields that a 304 does not repeat: they describe a body it has not got (RFC 9110 §15.4.5). */
const BODY_FIELDS: ReadonlySet<string> = new Set(['content-length', 'content-type', 'content-encoding', 'content-language', 'content-range'])

/** The answer with its age; as a 304 when the client has it already, without a body for HEAD. */
export function hitAnswer(method: string, stored: Answer, ageSeconds: number, notModified: boolean): Answer {
  const set = ['Age', String(ageSeconds)]
  if (notModified && stored.status === 200) {
    return { status: 304, fields: editFields(stored.fields, { remove: BODY_FIELDS, set }), body: undefined }
  }
  return { ...stored, fields: editFields(stored.fields, { set }), body: method === 'HEAD' ? undefined : stored.body }
}
