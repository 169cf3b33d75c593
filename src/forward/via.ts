// Via: through which gateways a message has come, and whether it goes in circles (RFC 9110 §7.6.3).
import { combinedValue, type Fields } from '../http/fields.js'
import { listMembers } from '../http/tokens.js'

/** How often a request may pass gateways of one name; two of them in a row are a design, three are a loop. */
const MAX_OWN_HOPS = 2

/** Whether a request has been through gateways of this name too often. Nobody else's Via counts. */
export function goesInCircles(fields: Fields, name: string): boolean {
  const via = combinedValue(fields, 'via')
  return via !== undefined && listMembers(via).filter((member) => isOwn(member, name)).length >= MAX_OWN_HOPS
}

/** The Via value of a message that was received as `received` and leaves through this gateway. */
export function viaValue(received: string | undefined, name: string): string {
  return received === undefined ? `1.1 ${name}` : `${received}, 1.1 ${name}`
}

/** A member is `protocol received-by [comment]`. */
function isOwn(member: string, name: string): boolean {
  return member.split(/\s+/, 2)[1]?.toLowerCase() === name.toLowerCase()
}
