// What was asked for on the command line.
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { areIterations, DEFAULT_ITERATIONS } from './hash.js'

/** A command with its settings, or what is wrong with the line. */
export type Command =
  | { readonly kind: 'serve'; readonly config: string | undefined; readonly host: string | undefined; readonly port: number | undefined; readonly to: readonly string[]; readonly workers: number | 'auto' | undefined; readonly devTls: { readonly folder: string | undefined } | undefined }
  | { readonly kind: 'check'; readonly config: string | undefined }
  | { readonly kind: 'explain'; readonly config: string | undefined; readonly method: string; readonly url: string; readonly headers: readonly (readonly [string, string])[] }
  | { readonly kind: 'files'; readonly root: string; readonly out: string }
  | { readonly kind: 'hash'; readonly iterations: number }
  | { readonly kind: 'hash-key' }
  | { readonly kind: 'init' | 'help' | 'version' }
  | { readonly kind: 'wrong'; readonly message: string }

const COMMANDS = ['serve', 'check', 'explain', 'files', 'hash', 'init'] as const

const MAX_WORKERS = 256

const OPTIONS = {
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  to: { type: 'string', multiple: true },
  workers: { type: 'string' },
  'dev-tls': { type: 'boolean' },
  'dev-tls-folder': { type: 'string' },
  header: { type: 'string', multiple: true },
  out: { type: 'string' },
  iterations: { type: 'string' },
  key: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const satisfies ParseArgsConfig['options']

/** Which options each command takes. */
const TAKES: Readonly<Record<(typeof COMMANDS)[number], readonly string[]>> = { serve: ['config', 'host', 'port', 'to', 'workers', 'dev-tls', 'dev-tls-folder'], check: ['config'], explain: ['config', 'header'], files: ['out'], hash: ['iterations', 'key'], init: [] }

/** Reads the arguments after the program's name. `--to` alone means `serve`. */
export function parseCommand(args: readonly string[]): Command {
  let parsed
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true })
  } catch (error) {
    return wrong((error as Error).message.split('. ', 1)[0]!)
  }
  const { values, positionals } = parsed
  if (values.help) return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  if (positionals.length === 0 && args.length === 0) return { kind: 'help' }
  const name = positionals[0] ?? 'serve'
  const command = COMMANDS.find((known) => known === name)
  if (!command) return wrong(`there is no command "${name}"; known: ${COMMANDS.join(', ')}`)
  const most = command === 'explain' ? 3 : command === 'files' ? 2 : 1
  if (command === 'hash' && positionals.length > 1) return wrong('"hash" takes no password as an argument, where other processes could see it: it asks for it, or reads it from a pipe')
  if (positionals.length > most) return wrong(`"${positionals[most]}" is one argument too many`)
  const stray = Object.keys(values).find((option) => !TAKES[command].includes(option))
  if (stray !== undefined) return wrong(`"${command}" takes no --${stray}`)
  if (command === 'init') return { kind: 'init' }
  if (command === 'hash') return hash(values.key ?? false, values.iterations)
  if (command === 'explain') return explain(positionals[1], positionals[2], values.config, values.header ?? [])
  if (command === 'files') return files(positionals[1], values.out)
  if (command === 'check') return { kind: 'check', config: values.config }
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(/^\d+$/.test(values.port!) && port <= 65535)) return wrong(`--port takes a number from 0 to 65535, not "${values.port}"`)
  const workers = values.workers === undefined || values.workers === 'auto' ? values.workers : Number(values.workers)
  if (typeof workers === 'number' && !(/^\d+$/.test(values.workers!) && workers >= 1 && workers <= MAX_WORKERS)) return wrong(`--workers takes a number from 1 to ${MAX_WORKERS}, or "auto", not "${values.workers}"`)
  const folder = values['dev-tls-folder']
  const devTls = values['dev-tls'] || folder !== undefined ? { folder } : undefined
  return { kind: 'serve', config: values.config, host: values.host, port, to: values.to ?? [], workers, devTls }
}

function hash(key: boolean, iterations: string | undefined): Command {
  if (key) return iterations === undefined ? { kind: 'hash-key' } : wrong('--key and --iterations exclude one another: a random key needs no slow hash')
  if (iterations === undefined) return { kind: 'hash', iterations: DEFAULT_ITERATIONS }
  if (!areIterations(iterations)) return wrong(`--iterations takes a number from 10000 to 5000000, not "${iterations}"`)
  return { kind: 'hash', iterations: Number(iterations) }
}

function files(root: string | undefined, out: string | undefined): Command {
  if (root === undefined || out === undefined) return wrong('"files" takes the folder and where to write it, as in "files ./public --out public.js"')
  return { kind: 'files', root, out }
}

function explain(method: string | undefined, url: string | undefined, config: string | undefined, lines: readonly string[]): Command {
  if (method === undefined || !/^[A-Z]+$/.test(method) || url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url)) return wrong('"explain" takes the method and the URL of what is to be explained, as in "explain GET https://shop.example/a"')
  const headers = lines.map((line) => /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/.exec(line))
  const odd = headers.findIndex((match) => !match)
  if (odd >= 0) return wrong(`--header takes "Name: value", not "${lines[odd]}"`)
  return { kind: 'explain', config, method, url, headers: headers.map((match) => [match![1]!, match![2]!] as const) }
}

function wrong(message: string): Command {
  return { kind: 'wrong', message }
}
