// The pieces of a body by their place in it, of which the first can be let go.

export class PieceQueue {
  readonly #pieces: Uint8Array[] = []
  /** Where each piece begins. */
  readonly #starts: number[] = []
  #start = 0
  #end = 0

  /** Where what is held begins. */
  get start(): number {
    return this.#start
  }

  /** Where it ends: how much has come. */
  get end(): number {
    return this.#end
  }

  get bytes(): number {
    return this.#end - this.#start
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#starts.push(this.#end)
    this.#end += piece.byteLength
  }

  /** What is held from a place on, up to the end of its piece; undefined at the end. */
  from(at: number): Uint8Array | undefined {
    if (at >= this.#end) return undefined
    const i = this.#indexOf(at)
    return at === this.#starts[i] ? this.#pieces[i] : this.#pieces[i]!.subarray(at - this.#starts[i]!)
  }

  /** Lets all pieces go that end at a place or before it. */
  dropBefore(at: number): void {
    const count = at >= this.#end ? this.#pieces.length : at <= this.#start ? 0 : this.#indexOf(at)
    if (count === 0) return
    this.#pieces.splice(0, count)
    this.#starts.splice(0, count)
    this.#start = this.#starts[0] ?? this.#end
  }

  /** All that is held. */
  joined(): Uint8Array {
    // A piece may be a small part of a large pooled buffer, which must not stay in memory as long as the whole does.
    if (this.#pieces.length === 1 && this.#pieces[0]!.buffer.byteLength === this.bytes) return this.#pieces[0]!
    const bytes = new Uint8Array(this.bytes)
    for (const [i, piece] of this.#pieces.entries()) bytes.set(piece, this.#starts[i]! - this.#start)
    return bytes
  }

  /** The last piece that begins at the place or before it. Readers are nearly always at the end or near it. */
  #indexOf(at: number): number {
    let [low, high] = [0, this.#starts.length - 1]
    if (this.#starts[high]! <= at) return high
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#starts[middle]! <= at) low = middle
      else high = middle - 1
    }
    return low
  }
}
