// The realm that filters ask for credentials in.
import { checked, setting } from '../../shape.js'

/** A setting for a realm (RFC 9110 §11.5). */
export const realm = (text: string) => setting(checked((written) => (/^[ !#-[\]-~]*$/.test(written) ? undefined : 'must be printable ASCII without quotes and backslashes')), text)
