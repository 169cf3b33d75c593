// Which certificate is shown for which name (RFC 6066 §3, RFC 9525 §6.3).

/** Something that stands for hosts: names, or `*.` and a name, whose star is one label. */
export interface ForHosts {
  readonly hosts: readonly string[]
}

/** Finds by name. The first of the entries is for names that none is for; of two for one name, the first counts. */
export class ByName<T extends ForHosts> {
  readonly #entries: readonly [T, ...T[]]
  readonly #exact = new Map<string, T>()
  readonly #wild = new Map<string, T>()

  constructor(entries: readonly [T, ...T[]]) {
    this.#entries = entries
    for (const entry of entries) {
      for (const host of entry.hosts) {
        const [names, name] = host.startsWith('*.') ? [this.#wild, host.slice(2)] : [this.#exact, host]
        const lower = name.toLowerCase()
        if (!names.has(lower)) names.set(lower, entry)
      }
    }
  }

  /** For the name a client asks for; undefined or empty when it asks for none. */
  of(name: string | undefined): T {
    return this.find(name) ?? this.#entries[0]
  }

  /** The one that is for a name, if any is. */
  find(name: string | undefined): T | undefined {
    const lower = (name ?? '').toLowerCase().replace(/\.$/, '')
    return this.#exact.get(lower) ?? this.#wild.get(lower.slice(lower.indexOf('.') + 1 || lower.length))
  }
}
