// The access log of a process: open, and told of each request.
import type { CheckedConfig, Ports } from '../../src/index.js'
import { destinationOf, tellingLines } from './access-lines.js'
import { type LogOutput, openConfiguredLog } from './log-output.js'

/** An access log that is open. */
export interface AccessLog {
  readonly observe: Ports['observe']
  readonly output: LogOutput
}

/** Opens the access log that the configuration asks for. Throws a `ConfigError` when its file cannot be opened. */
export function openAccessLog({ accessLog: settings }: CheckedConfig, others: Ports['observe'] | undefined): AccessLog | undefined {
  if (!settings) return undefined
  const output = openConfiguredLog(destinationOf(settings), 'accessLog.to')
  return { output, observe: tellingLines(settings, (line) => output.write(line), others) }
}
