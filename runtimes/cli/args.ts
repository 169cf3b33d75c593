// What was asked for on the command line.
import { parseArgs, type ParseArgsConfig } from 'node:util'

/** A command with its settings, or what is wrong with the line. */
export type Command =
  | { readonly kind: 'serve'; readonly config: string | undefined; readonly host: string | undefined; readonly port: number | undefined; readonly to: readonly string[] }
  | { readonly kind: 'check'; readonly config: string | undefined }
  | { readonly kind: 'init' | 'help' | 'version' }
  | { readonly kind: 'wrong'; readonly message: string }

const COMMANDS = ['serve', 'check', 'init'] as const

const OPTIONS = {
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  to: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const satisfies ParseArgsConfig['options']

/** Which options each command takes. */
const TAKES: Readonly<Record<(typeof COMMANDS)[number], readonly string[]>> = { serve: ['config', 'host', 'port', 'to'], check: ['config'], init: [] }

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
  if (positionals.length > 1) return wrong(`"${positionals[1]}" is one argument too many`)
  const stray = Object.keys(values).find((option) => !TAKES[command].includes(option))
  if (stray !== undefined) return wrong(`"${command}" takes no --${stray}`)
  if (command === 'init') return { kind: 'init' }
  if (command === 'check') return { kind: 'check', config: values.config }
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(/^\d+$/.test(values.port!) && port <= 65535)) return wrong(`--port takes a number from 0 to 65535, not "${values.port}"`)
  return { kind: 'serve', config: values.config, host: values.host, port, to: values.to ?? [] }
}

function wrong(message: string): Command {
  return { kind: 'wrong', message }
}
