// IP addresses and CIDR ranges as numbers that can be compared (RFC 4632, RFC 4291).

/** An address as eight 16-bit groups. IPv4 stands in its IPv4-mapped form, so that `::ffff:10.0.0.1` and `10.0.0.1` are one. */
export type Address = readonly number[]

/** A network: every address whose first `bits` bits equal those of `base`. */
export interface Cidr {
  readonly base: Address
  readonly bits: number
}

/** Reads an IPv4 or IPv6 address; a zone id (`%eth0`) is cut off. Undefined for anything else, octal-looking IPv4 included. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseV6(text.split('%', 1)[0]!) : parseV4(text)
}

/** Reads `address` or `address/bits`. Undefined when malformed or when the prefix is longer than the address. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  const written = slash < 0 ? text : text.slice(0, slash)
  const base = parseAddress(written)
  if (!base) return undefined
  const isV4 = !written.includes(':')
  if (slash < 0) return { base, bits: 128 }
  const digits = text.slice(slash + 1)
  const bits = Number(digits)
  if (!/^\d{1,3}$/.test(digits) || bits > (isV4 ? 32 : 128)) return undefined
  return { base, bits: isV4 ? bits + 96 : bits }
}

/** Whether the network holds the address. */
export function contains(cidr: Cidr, address: Address): boolean {
  const whole = cidr.bits >> 4
  for (let i = 0; i < whole; i++) if (cidr.base[i] !== address[i]) return false
  const rest = cidr.bits & 15
  return rest === 0 || cidr.base[whole]! >> (16 - rest) === address[whole]! >> (16 - rest)
}

/** An IPv4 address as one number; undefined for anything else. By hand, since it is asked of each request where lists of addresses are. */
export function ipv4Number(text: string): number | undefined {
  if (text.length > 15) return undefined
  let address = 0
  let octet = -1
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit === DOT) {
      if (octet < 0 || ++dots > 3) return undefined
      address = address * 256 + octet
      octet = -1
    } else if (digit < 0 || digit > 9 || octet === 0) return undefined
    else if ((octet = octet < 0 ? digit : octet * 10 + digit) > 255) return undefined
  }
  return dots === 3 && octet >= 0 ? address * 256 + octet : undefined
}

const DOT = -2

function parseV4(text: string): Address | undefined {
  const number = ipv4Number(text)
  return number === undefined ? undefined : [0, 0, 0, 0, 0, 0xffff, number >>> 16, number & 0xffff]
}

function parseV6(text: string): Address | undefined {
  let groups = text
  const dot = text.lastIndexOf('.') < 0 ? -1 : text.lastIndexOf(':')
  if (dot >= 0) {
    const tail = parseV4(text.slice(dot + 1))
    if (!tail) return undefined
    groups = `${text.slice(0, dot + 1)}${tail[6]!.toString(16)}:${tail[7]!.toString(16)}`
  }
  const halves = groups.split('::')
  if (halves.length > 2) return undefined
  const head = hexGroups(halves[0]!)
  const tail = halves.length === 2 ? hexGroups(halves[1]!) : []
  if (!head || !tail) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function hexGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  for (const group of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined
    groups.push(parseInt(group, 16))
  }
  return groups
}
