// Each request told to an output as one line, beside whoever else observes.
import { accessLine, type CheckedConfig, ConfigError, type GatewayEvent } from '../../src/index.js'
import { type LogOutput, openLogOutput } from './log-output.js'

type Observe = (event: GatewayEvent) => void

/** An access log that is open. */
export interface AccessLog {
  /** Writes requests down and passes every event on. */
  readonly observe: Observe
  readonly output: LogOutput
}

/** Opens the access log that the configuration asks for. Throws a `ConfigError` when its file cannot be opened. */
export function openAccessLog({ accessLog: settings }: CheckedConfig, others: Observe | undefined): AccessLog | undefined {
  if (!settings) return undefined
  const line = accessLine(settings)
  const output = outputOf(settings.to ?? 'stdout')
  return {
    output,
    observe: (event) => {
      if (event.kind === 'request') output.write(line(event, Date.now()))
      others?.(event)
    },
  }
}

function outputOf(to: string): LogOutput {
  try {
    return openLogOutput(to, (message) => process.stderr.write(`fetchgate: ${message}\n`))
  } catch (error) {
    throw new ConfigError([{ path: 'accessLog.to', value: to, message: `cannot be opened: ${(error as Error).message}` }])
  }
}
