// A gateway from a configuration as it was written: checked first, then opened.
import { ConfigError } from './config/issue.js'
import type { Config } from './config/schema.js'
import { validateConfig } from './config/validate.js'
import { type Gateway, openGateway } from './gateway.js'
import type { Ports } from './ports.js'

/**
 * Makes a gateway. `ports` replaces effects; the rest come from the Web globals of the platform. Throws a
 * {@link ConfigError} with every fault of the configuration, not just the first.
 */
export function createGateway(config: Config, ports: Partial<Ports> = {}): Gateway {
  const validation = validateConfig(config)
  if (validation.kind === 'invalid') throw new ConfigError(validation.issues)
  return openGateway(validation.config, ports)
}
