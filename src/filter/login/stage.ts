// login: what it takes is loaded with the first request, so that gateways without it do not pay for its library.
import type { FilterConfig } from '../../config/schema.js'
import type { Exchange } from '../../exchange.js'
import type { Rule, Verdict } from '../verdict.js'
import type { RuleWorld } from '../world.js'
import type { Login, Memory } from './flow/stage.js'

export function loginRule(config: NonNullable<FilterConfig['login']>, { ports, kept }: RuleWorld): Rule {
  const held = kept((): { memory?: Memory } => ({}))
  let login: Login | undefined
  const first = async (exchange: Exchange): Promise<Verdict> => {
    const { Login, Memory } = await import('./flow/stage.js')
    login ??= new Login(config, ports, (held.memory ??= new Memory(ports.clock)))
    return login.verdict(exchange)
  }
  return (exchange) => login?.verdict(exchange) ?? first(exchange)
}
