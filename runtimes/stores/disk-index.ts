// Which files a folder of entries has, which of them have to go for others, and what a process that was killed has left behind.
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { S3Fifo } from '../../src/adapter.js'
import { type BodyFile, decodeAny } from './record.js'

/** What a file costs beside its bytes. */
const FILE_OVERHEAD_BYTES = 512
const ENTRY = '.entry'
const BODY = '.body'

export class DiskIndex {
  /** Resolves once the folder is known; rejects when it cannot be used. */
  readonly ready: Promise<void>
  readonly #folder: string
  readonly #unfinished: string
  readonly #files: S3Fifo<true>
  /** Bodies with files of their own, by the path of their entry. */
  readonly #bodies = new Map<string, string>()

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder
    this.#unfinished = join(folder, 'unfinished')
    this.#files = new S3Fifo(maxBytes)
    this.ready = this.#readThrough()
    // Whoever uses the store is told; until then a failure here must not count as unhandled.
    this.ready.catch(() => {})
  }

  /** Where a file is written before it is put in place. */
  unfinished(name: string): string {
    return join(this.#unfinished, name)
  }

  get bytesUsed(): number {
    return this.#files.bytesUsed
  }

  /** Notes that an entry was asked for. */
  use(path: string): void {
    this.#files.get(path)
  }

  /** Takes note of an entry that is in its place, and clears away the body of the one before. Returns which entries have to go for it. */
  async placed(path: string, recordBytes: number, body: BodyFile | undefined): Promise<string[]> {
    const before = this.#bodies.get(path)
    if (body) this.#bodies.set(path, body.name)
    else this.#bodies.delete(path)
    const gone = this.#files.set(path, true, recordBytes + FILE_OVERHEAD_BYTES + (body ? body.length + FILE_OVERHEAD_BYTES : 0))
    if (before !== undefined && before !== body?.name) await this.removeStray(path, before)
    return gone
  }

  /** Takes an entry away; tells whether there was one. */
  async remove(path: string): Promise<boolean> {
    this.#files.delete(path)
    const body = this.#bodies.get(path)
    this.#bodies.delete(path)
    const found = await rm(path).then(() => true, (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    })
    if (body !== undefined) await this.removeStray(path, body)
    return found
  }

  /** Takes an entry away that had to go, if it did not come back meanwhile. */
  async removeUnlessBack(path: string): Promise<void> {
    if (!this.#files.peek(path)) await this.remove(path)
  }

  /** Takes the body away of an entry that is not there any more, or has another. */
  async removeStray(path: string, name: string): Promise<void> {
    await rm(join(dirname(path), name), { force: true })
  }

  async #readThrough(): Promise<void> {
    await rm(this.#unfinished, { recursive: true, force: true })
    await mkdir(this.#unfinished, { recursive: true })
    const names = await readdir(this.#folder, { recursive: true })
    const bodies = new Map<string, string[]>()
    for (const name of names.filter((one) => one.endsWith(BODY))) {
      const entry = join(this.#folder, dirname(name), basename(name).split('.', 1)[0]! + ENTRY)
      bodies.set(entry, [...(bodies.get(entry) ?? []), basename(name)])
    }
    for (const name of names.filter((one) => one.endsWith(ENTRY))) {
      const path = join(this.#folder, name)
      // Another may have taken it away since it was listed; what cannot be looked at is not counted, and fails when it is asked for.
      const found = await stat(path).catch(() => undefined)
      const body = found && bodies.has(path) ? await bodyOf(path) : undefined
      if (!found) continue
      for (const gone of await this.placed(path, found.size, body)) await this.remove(gone)
      if (body) bodies.set(path, bodies.get(path)!.filter((one) => one !== body.name))
    }
    for (const [path, strays] of bodies) for (const stray of strays) await this.removeStray(path, stray)
  }
}

async function bodyOf(path: string): Promise<BodyFile | undefined> {
  const body = decodeAny(await readFile(path))?.record.body
  return body && 'name' in body ? body : undefined
}
