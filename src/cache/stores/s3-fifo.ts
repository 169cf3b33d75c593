// Which entries stay in a space of limited size: S3-FIFO (Yang et al., SOSP 2023), which a scan does not flush and a hit costs nothing.

interface Slot<V> {
  value: V
  bytes: number
  /** Uses since it came, up to MAX_USES. */
  uses: number
  isMain: boolean
}

/** Share of the space for what has just come; what is not asked for again leaves through it. */
const SMALL_SHARE = 0.1
const MAX_USES = 3

/**
 * Values by key, together at most `maxBytes`. New ones stand in a small queue. What was asked for there moves on to the
 * main queue, the rest goes, and only its key is remembered for a while: should it come back, it is worth more.
 */
export class S3Fifo<V> {
  readonly #maxBytes: number
  readonly #slots = new Map<string, Slot<V>>()
  // A Set keeps the order of insertion: the first is the oldest.
  readonly #small = new Set<string>()
  readonly #main = new Set<string>()
  readonly #ghosts = new Set<string>()
  #smallBytes = 0
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytesUsed(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#slots.size
  }

  /** The value, and the note that it was asked for. */
  get(key: string): V | undefined {
    const slot = this.#slots.get(key)
    if (!slot) return undefined
    if (slot.uses < MAX_USES) slot.uses++
    return slot.value
  }

  /** The value, as if nobody had asked. */
  peek(key: string): V | undefined {
    return this.#slots.get(key)?.value
  }

  /** Keeps a value, and returns what had to go for it: the value itself, when it is larger than the space. */
  set(key: string, value: V, bytes: number): string[] {
    const before = this.#slots.get(key)
    if (bytes > this.#maxBytes) {
      this.delete(key)
      return [key]
    }
    if (before) {
      this.#count(before, bytes - before.bytes)
      before.value = value
      before.bytes = bytes
    } else {
      const isMain = this.#ghosts.delete(key)
      const slot: Slot<V> = { value, bytes, uses: 0, isMain }
      this.#slots.set(key, slot)
      this.#queueOf(slot).add(key)
      this.#count(slot, bytes)
    }
    const gone: string[] = []
    while (this.#bytes > this.#maxBytes) {
      const key = this.#evict()
      if (key !== undefined) gone.push(key)
    }
    return gone
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key)
    if (!slot) return false
    this.#slots.delete(key)
    this.#queueOf(slot).delete(key)
    this.#count(slot, -slot.bytes)
    return true
  }

  /** Takes one step towards more room; the key, when that let one go. */
  #evict(): string | undefined {
    const fromSmall = this.#main.size === 0 || this.#smallBytes > this.#maxBytes * SMALL_SHARE
    const key = (fromSmall && this.#small.size > 0 ? this.#small : this.#main).values().next().value!
    const slot = this.#slots.get(key)!
    if (slot.uses === 0) {
      this.delete(key)
      if (!slot.isMain) this.#remember(key)
      return key
    }
    this.#queueOf(slot).delete(key)
    if (slot.isMain) slot.uses--
    else {
      slot.uses = 0
      slot.isMain = true
      this.#smallBytes -= slot.bytes
    }
    this.#main.add(key)
    return undefined
  }

  #remember(key: string): void {
    this.#ghosts.add(key)
    // As many as there are entries: what fell out longer ago would not have stayed either.
    if (this.#ghosts.size > this.#slots.size) this.#ghosts.delete(this.#ghosts.values().next().value!)
  }

  #queueOf({ isMain }: Slot<V>): Set<string> {
    return isMain ? this.#main : this.#small
  }

  #count({ isMain }: Slot<V>, bytes: number): void {
    this.#bytes += bytes
    if (!isMain) this.#smallBytes += bytes
  }
}
