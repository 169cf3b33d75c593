// Vary with one more name: what an answer depends on beside what its server knows (RFC 9110 §12.5.5).
import { combinedValue, type Fields } from './fields.js'
import { listMembers } from './tokens.js'

/** The line to add for the name; none where it, or everything, is told already. */
export function varyLine(fields: Fields, name: string): Fields {
  const told = combinedValue(fields, 'vary')
  if (told === undefined) return ['Vary', name]
  const lower = name.toLowerCase()
  return listMembers(told).some((member) => member === '*' || member.toLowerCase() === lower) ? [] : ['Vary', name]
}
