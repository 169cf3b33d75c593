// Each request told as one line, beside whoever else observes; and where lines go unless told otherwise.
import { accessLine, type Config, type GatewayEvent } from '../../src/index.js'

type AccessLogConfig = NonNullable<Config['accessLog']>
type Observe = (event: GatewayEvent) => void

/** Writes requests down and passes every event on. */
export function tellingLines(settings: AccessLogConfig, write: (line: string) => void, others: Observe | undefined): Observe {
  const line = accessLine(settings)
  return (event) => {
    if (event.kind === 'request') write(line(event, Date.now()))
    others?.(event)
  }
}

/** `stdout`, `stderr` or the path of a file. */
export function destinationOf({ to = 'stdout' }: AccessLogConfig): string {
  return to
}
