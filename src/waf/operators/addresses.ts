// Operators that look for an address in ranges.
import { parseCidr } from '../../http/address.js'
import { networkFinder } from '../../http/networks.js'
import { Unreadable } from '../seclang/fault.js'
import { constantText } from '../seclang/macro.js'
import type { Operator, OperatorSource } from './operator.js'
import { listedLines } from './phrases.js'

export function ipMatch({ argument }: OperatorSource): Operator {
  return matching((constantText(argument) ?? '').split(','))
}

export function ipMatchFromFile({ argument, dataFile }: OperatorSource): Operator {
  return matching(listedLines(dataFile(constantText(argument) ?? '')))
}

function matching(ranges: readonly string[]): Operator {
  const find = networkFinder(ranges.map((range) => parseCidr(range.trim()) ?? notARange(range)))
  return { matches: (text) => find(text) !== undefined }
}

function notARange(text: string): never {
  throw new Unreadable(`"${text.trim()}" is no address and no range such as 10.0.0.0/8`)
}
