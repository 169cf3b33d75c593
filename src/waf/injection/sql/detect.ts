// Whether a text is SQL that was meant to get into a statement: the technique of libinjection.
import { folded } from './fold.js'
import type { Token } from './token.js'
import { type Reading, SqlTokenizer } from './tokenizer.js'
import { isInjectedShape } from './words.js'

/** What a text looks like, read in one way. */
interface Look {
  readonly fingerprint: string
  readonly tokens: readonly Token[]
  readonly count: number
  readonly ambiguous: boolean
}

const ANSI: Reading = { quote: '', mysql: false }

/** The fingerprint of an injection; undefined when it is none. Read as it is, and as what may stand within quotes. */
export function sqlInjection(text: string): string | undefined {
  if (text === '') return undefined
  return (
    found(text, ANSI) ??
    (text.includes("'") ? found(text, { quote: "'", mysql: false }) : undefined) ??
    (text.includes('"') ? injectedAs(text, look(text, { quote: '"', mysql: true })) : undefined)
  )
}

function found(text: string, reading: Reading): string | undefined {
  const first = look(text, reading)
  return injectedAs(text, first) ?? (first.ambiguous ? injectedAs(text, look(text, { ...reading, mysql: true })) : undefined)
}

function look(text: string, reading: Reading): Look {
  const tokenizer = new SqlTokenizer(text, reading)
  const tokens = folded(tokenizer)
  const last = tokens.at(-1)
  // An open tick at the end is a comment for PHP's users of MySQL.
  if (tokens.length > 2 && last!.kind === 'n' && last!.open === '`' && last!.close === '' && last!.text === '') last!.kind = 'c'
  const fingerprint = tokens.map(({ kind }) => kind).join('')
  return { fingerprint: fingerprint.includes('X') ? 'X' : fingerprint, tokens, count: tokenizer.count, ambiguous: tokenizer.ambiguous }
}

function injectedAs(text: string, seen: Look): string | undefined {
  return isInjectedShape(seen.fingerprint) && !isHarmless(text, seen) ? seen.fingerprint : undefined
}

/** Short shapes that ordinary text has as well. */
function isHarmless(text: string, look: Look): boolean {
  const { fingerprint } = look
  if (fingerprint.length > 1 && fingerprint.endsWith('c') && text.includes('sp_password')) return false
  if (fingerprint.length === 2) return isHarmlessPair(text, look)
  return fingerprint.length === 3 && isHarmlessTriple(look)
}

function isHarmlessPair(text: string, { fingerprint, tokens: [first, second], count }: Look): boolean {
  if (fingerprint.endsWith('U')) return count === 2
  if (second!.text.startsWith('#')) return true
  if (fingerprint === 'nc' && !second!.text.startsWith('/')) return true
  if (fingerprint === '1c') {
    if (second!.text.startsWith('/') || count > 2) return false
    // `1234 --` and `1234--` are meant; `1234-ABC--` looks like an identifier.
    const rest = text.slice(first!.text.length)
    return !(rest.charCodeAt(0) <= 32 || rest.startsWith('/*') || rest.startsWith('--'))
  }
  return second!.text.length > 2 && second!.text.startsWith('-')
}

function isHarmlessTriple({ fingerprint, tokens: [first, second, third], count }: Look): boolean {
  if (fingerprint === 'sos' || fingerprint === 's&s') return !(first!.open === '' && third!.close === '' && first!.close === third!.open)
  if (/^(?:s&n|n&1|1&1|1&v|1&s)$/.test(fingerprint)) return count === 3
  return second!.kind === 'k' && (second!.text.length < 5 || !/^into/i.test(second!.text))
}
