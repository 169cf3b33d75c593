// Links by URL, as the last answer for it had them; those that were not asked for longest go first.

/** URLs that are remembered for a route, and the longest of them. */
const MAX_URLS = 1000
const MAX_LENGTH = 1024

export class LinkMemory {
  readonly #links = new Map<string, readonly string[]>()

  /** What is known of a URL. */
  of(url: string): readonly string[] | undefined {
    const links = this.#links.get(url)
    if (links) this.#put(url, links)
    return links
  }

  /** Takes the place of what was known. */
  learn(url: string, links: readonly string[]): void {
    if (links.length === 0) this.#links.delete(url)
    else if (url.length <= MAX_LENGTH) this.#put(url, links)
  }

  #put(url: string, links: readonly string[]): void {
    this.#links.delete(url)
    this.#links.set(url, links)
    if (this.#links.size > MAX_URLS) this.#links.delete(this.#links.keys().next().value!)
  }
}
