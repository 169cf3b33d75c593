// From an upstream's settings to the smallest balancer, and what such a one cannot do.
import { PlainBalancer } from '../balance/plain/stage.js'
import { compileTargets } from './targets.js'
import { absentPart } from '../config/issue.js'
import type { UpstreamConfig } from '../config/schema.js'
import type { PoolPart } from '../parts.js'

const UNKNOWN: readonly (keyof UpstreamConfig)[] = ['sticky', 'slowStart', 'health', 'outlier', 'panicPercent', 'breaker', 'discover']

/** Round robin over the targets that are written down. */
export const plainPool: PoolPart = {
  compile: (name, config, { ports }) => ({ balancer: new PlainBalancer(name, compileTargets(config), ports.random), watch: () => {} }),
  issues: (name, config) => {
    const asked = UNKNOWN.filter((setting) => config[setting] !== undefined)
    if (config.balance !== undefined && config.balance !== 'round-robin') asked.push('balance')
    return asked.map((setting) => absentPart(['upstreams', name, setting], config[setting]))
  },
}
