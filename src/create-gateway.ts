// A gateway with all its parts from a configuration: as it was written, or checked before.
import { ConfigError } from './config/issue.js'
import type { CheckedConfig, Config } from './config/schema.js'
import { validateConfig } from './config/validate.js'
import { EVERYTHING } from './everything.js'
import { type Gateway, openGateway as openCore } from './gateway.js'
import type { Ports } from './ports.js'

/**
 * Makes a gateway. `ports` replaces effects; the rest come from the Web globals of the platform. Throws a
 * {@link ConfigError} with every fault of the configuration, not just the first. Checks of targets and discovery begin
 * with {@link Gateway.watch}.
 */
export function createGateway(config: Config, ports: Partial<Ports> = {}): Gateway {
  const validation = validateConfig(config)
  if (validation.kind === 'invalid') throw new ConfigError(validation.issues)
  return openGateway(validation.config, ports)
}

/** The same for a configuration that {@link validateConfig} has checked. Throws a {@link ConfigError} that names each setting which these ports cannot honour. */
export function openGateway(config: CheckedConfig, ports: Partial<Ports> = {}): Gateway {
  return openCore(config, ports, EVERYTHING)
}
