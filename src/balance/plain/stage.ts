// The smallest balancer: round robin by weight over targets that are all taken to be well, and nothing counted.
import type { AttemptLease, Balancer, Leased, Wish } from '../../balancer.js'
import { GatewayError } from '../../errors.js'
import type { Exchange } from '../../exchange.js'
import type { Server } from '../../ports.js'
import type { Target } from '../policy.js'
import { type Turns, turnsOf } from '../policies/turns.js'
import { namesOf } from '../target.js'

/** Beyond any cycle but the longest: how far a turn by chance is drawn from. */
const FAR = 2 ** 26

/** A balancer for bundles in which each kilobyte counts. */
export class PlainBalancer implements Balancer {
  readonly name: string
  readonly hostnames: ReadonlySet<string>
  readonly #targets: readonly Target[]
  readonly #turns: Turns
  readonly #random: () => number
  #tick = 0

  constructor(name: string, targets: readonly Target[], random: () => number) {
    this.name = name
    this.hostnames = new Set(targets.flatMap(namesOf))
    this.#targets = targets.filter(({ weight }) => weight > 0)
    this.#turns = turnsFor(this.#targets)
    this.#random = random
  }

  lease(_exchange: Exchange, _wish: Wish, tried: readonly Server[]): Leased {
    let chosen: Target | undefined
    if (tried.length === 0) chosen = this.#targets[this.#turns.at(this.#tick++)]
    else {
      // By chance and weight: were it the next in turn, whoever follows a dead one would get all of its share.
      const left = this.#targets.filter(({ origin }) => !tried.some((server) => server.origin === origin))
      chosen = left[turnsFor(left).at(Math.floor(this.#random() * FAR))]
    }
    return chosen ? new PlainLease(chosen) : new GatewayError('destination_unavailable', { message: `upstream ${this.name} has no ${tried.length > 0 ? 'other ' : ''}target that takes traffic` })
  }
}

function turnsFor(targets: readonly Target[]): Turns {
  return turnsOf(targets.map(({ weight }) => weight))
}

class PlainLease implements AttemptLease {
  readonly server: Server
  readonly cookie = undefined

  constructor(server: Server) {
    this.server = server
  }

  answered(): void {}

  failed(): void {}

  ended(): void {}
}
