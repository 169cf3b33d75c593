// Forms in `application/x-www-form-urlencoded`, and queries: fields apart by `&`, decoded once.
import { urlDecode } from '../transformations/url.js'
import type { BodyField } from './parsed-body.js'

/** A field without `=` has an empty value. */
export function urlencodedFields(text: string, separator = '&'): BodyField[] {
  if (text === '') return []
  return text.split(separator).filter((part) => part !== '').map((part) => {
    const equals = part.indexOf('=')
    return equals < 0 ? { name: urlDecode(part), value: '' } : { name: urlDecode(part.slice(0, equals)), value: urlDecode(part.slice(equals + 1)) }
  })
}
