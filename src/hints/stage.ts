// Early hints: sends what a page will need while its server is asked, as the operator says and as the last answer for the same URL did.
import type { Exchange } from '../exchange.js'
import type { Answer } from '../ports.js'
import { hintedLinks, isForAll, takesHints } from './decision.js'
import { LinkMemory } from './memory.js'

export class Hints {
  readonly #links: readonly string[]
  readonly #memory: LinkMemory | undefined

  /** `links` go before every page; `learns` says whether those of answers do as well. */
  constructor(links: readonly string[], learns: boolean) {
    this.#links = links
    this.#memory = learns ? new LinkMemory() : undefined
  }

  send(exchange: Exchange): void {
    const { inform } = exchange
    if (!inform || !takesHints(exchange)) return
    const learnt = this.#memory?.of(urlOf(exchange)) ?? []
    const links = learnt.length === 0 ? this.#links : [...new Set([...this.#links, ...learnt])]
    if (links.length > 0) inform(103, links.flatMap((link) => ['Link', link]))
  }

  /** Learns of an answer, which passes as it is. */
  apply(exchange: Exchange, answer: Answer): Answer {
    if (this.#memory && isForAll(exchange, answer.status, answer.fields)) this.#memory.learn(urlOf(exchange), hintedLinks(answer.fields, originOf(exchange)))
    return answer
  }
}

function originOf({ client }: Exchange): string {
  return `${client.scheme}://${client.host.toLowerCase()}`
}

/** All of it, query too: another URL may be another page. */
function urlOf(exchange: Exchange): string {
  return originOf(exchange) + exchange.target.raw
}
