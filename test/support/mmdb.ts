// Databases of countries in MaxMind's format, made of as little as a test cares about: https://maxmind.github.io/MaxMind-DB/
import { parseCidr } from '../../src/http/address.js'

/** A value of the data section: texts, numbers and maps. */
type Value = string | number | { readonly [key: string]: Value }

function encoded(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([head(2, Buffer.byteLength(value)), Buffer.from(value)])
  // uint32, without the zeros in front.
  if (typeof value === 'number') {
    const bytes = Buffer.from(value.toString(16).padStart(8, '0').replace(/^(00)+/, ''), 'hex')
    return Buffer.concat([head(6, bytes.byteLength), bytes])
  }
  const entries = Object.entries(value)
  return Buffer.concat([head(7, entries.length), ...entries.flatMap(([key, each]) => [encoded(key), encoded(each)])])
}

/** Control byte of a short value. */
const head = (type: number, size: number): Buffer => Buffer.from(size < 29 ? [(type << 5) | size] : [(type << 5) | 29, size - 29])

/** An IPv6 database in which IPv4 networks stand at `::a.b.c.d`, as they do in those that are sold. */
export function databaseOf(networks: Readonly<Record<string, Value>>): Buffer {
  const nodes: [number | undefined | Buffer, number | undefined | Buffer][] = [[undefined, undefined]]
  for (const [range, value] of Object.entries(networks)) {
    const { base, bits } = parseCidr(range)!
    const groups = range.includes(':') ? base : base.map((group, i) => (i === 5 ? 0 : group))
    let node = 0
    for (let bit = 0; bit < bits; bit++) {
      const side = (groups[bit >> 4]! >> (15 - (bit & 15))) & 1
      if (bit === bits - 1) nodes[node]![side] = encoded(value)
      else {
        const next = nodes[node]![side]
        if (typeof next === 'number') node = next
        else {
          nodes[node]![side] = nodes.length
          node = nodes.push([undefined, undefined]) - 1
        }
      }
    }
  }
  const data: Buffer[] = []
  let dataBytes = 0
  const record = (side: number | undefined | Buffer): Buffer => {
    let value = nodes.length
    if (typeof side === 'number') value = side
    else if (side) {
      value = nodes.length + 16 + dataBytes
      data.push(side)
      dataBytes += side.byteLength
    }
    const bytes = Buffer.alloc(3)
    bytes.writeUIntBE(value, 0, 3)
    return bytes
  }
  const tree = Buffer.concat(nodes.flatMap((sides) => sides.map(record)))
  const metadata = encoded({ node_count: nodes.length, record_size: 24, ip_version: 6, database_type: 'Country', binary_format_major_version: 2, binary_format_minor_version: 0, build_epoch: 1, languages: {}, description: {} })
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from('abcdef', 'hex'), Buffer.from('MaxMind.com'), metadata])
}
