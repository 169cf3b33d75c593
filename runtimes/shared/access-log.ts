// The access log of a process: open, and told of each request.
import { type CheckedConfig, ConfigError, type Ports } from '../../src/index.js'
import { destinationOf, tellingLines } from './access-lines.js'
import { type LogOutput, openLogOutput } from './log-output.js'

/** An access log that is open. */
export interface AccessLog {
  readonly observe: Ports['observe']
  readonly output: LogOutput
}

/** Opens the access log that the configuration asks for. Throws a `ConfigError` when its file cannot be opened. */
export function openAccessLog({ accessLog: settings }: CheckedConfig, others: Ports['observe'] | undefined): AccessLog | undefined {
  if (!settings) return undefined
  const output = outputOf(destinationOf(settings))
  return { output, observe: tellingLines(settings, (line) => output.write(line), others) }
}

function outputOf(to: string): LogOutput {
  try {
    return openLogOutput(to, (message) => process.stderr.write(`fetchgate: ${message}\n`))
  } catch (error) {
    throw new ConfigError([{ path: 'accessLog.to', value: to, message: `cannot be opened: ${(error as Error).message}` }])
  }
}
