// The smallest balancer: round robin by weight over targets that are all taken to be well, and nothing counted.
import type { AttemptLease, Balancer, Leased, Wish } from '../../balancer.js'
import { GatewayError } from '../../errors.js'
import type { Exchange } from '../../exchange.js'
import type { Server } from '../../ports.js'
import type { Picker, Target } from '../policy.js'
import { roundRobin } from '../policies/round-robin.js'

/** A balancer for bundles in which each kilobyte counts. */
export class PlainBalancer implements Balancer {
  readonly name: string
  readonly hostnames: ReadonlySet<string>
  readonly #picker: Picker
  readonly #random: () => number
  #tick = 0

  constructor(name: string, targets: readonly Target[], random: () => number) {
    this.name = name
    this.hostnames = new Set(targets.map(({ authority }) => authority.replace(/:\d+$/, '').toLowerCase()))
    this.#picker = roundRobin(targets.map((target) => ({ target, weight: target.weight, load: { inFlight: 0, latency: undefined } })))
    this.#random = random
  }

  lease(_exchange: Exchange, _wish: Wish, tried: readonly Server[]): Leased {
    const chosen = this.#picker.pick({ tick: this.#tick++, random: this.#random, hash: undefined, nowMs: 0, inFlight: 0, tried })
    return chosen ? new PlainLease(chosen.target) : new GatewayError('destination_unavailable', { message: `upstream ${this.name} has no ${tried.length > 0 ? 'other ' : ''}target that takes traffic` })
  }
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
