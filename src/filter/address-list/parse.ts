// A list of addresses that somebody else wrote: one address or range to a line.
import { type Cidr, parseCidr } from '../../http/address.js'

/** The ranges of a list, or what is wrong with it. An empty text is more likely a failure than a list. */
export function parseAddressList(text: string): readonly Cidr[] | string {
  if (text.trim() === '') return 'it is empty'
  const ranges: Cidr[] = []
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const entry = lines[i]!.split(/[#;]/, 1)[0]!.trim()
    if (entry === '') continue
    const range = parseCidr(entry)
    if (!range) return `line ${i + 1} is not an address or a range`
    ranges.push(range)
  }
  return ranges
}
