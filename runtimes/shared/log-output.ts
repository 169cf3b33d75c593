// Lines on their way to a file or a standard stream: gathered for a moment, written together, never waited for.
import { createWriteStream, openSync } from 'node:fs'
import type { Writable } from 'node:stream'

/** Lines wait for so long, so that a busy gateway writes tens of times a second and not thousands. */
const GATHER_MS = 100
const GATHER_LENGTH = 64 * 1024

/** What may wait for a reader or a disk that does not keep up; lines beyond it are dropped, and their number told. */
const MAX_WAITING_BYTES = 16 * 1024 ** 2

/** An output of lines. */
export interface LogOutput {
  write(line: string): void
  /** Opens the file of that path anew; without effect on a standard stream. */
  reopen(): void
  /** Resolves once every line has been written or has failed. */
  close(): Promise<void>
}

/** Opens `stdout`, `stderr` or a file, to which it adds. Throws what opening the file throws. `tell` hears of lines that are lost. */
export function openLogOutput(to: string, tell: (message: string) => void): LogOutput {
  const open = (): Writable => {
    if (to === 'stdout' || to === 'stderr') return process[to]
    const stream = createWriteStream(to, { flags: 'a', fd: openSync(to, 'a') })
    stream.on('error', (error) => tell(`the access log ${to} cannot be written: ${error.message}`))
    return stream
  }
  return new GatheredLines(open, tell)
}

class GatheredLines implements LogOutput {
  #stream: Writable
  #lines: string[] = []
  #length = 0
  #timer: NodeJS.Timeout | undefined
  #dropped = 0

  readonly #open: () => Writable
  readonly #tell: (message: string) => void

  constructor(open: () => Writable, tell: (message: string) => void) {
    this.#open = open
    this.#tell = tell
    this.#stream = open()
  }

  write(line: string): void {
    this.#lines.push(line)
    this.#length += line.length
    if (this.#length >= GATHER_LENGTH) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS)
  }

  reopen(): void {
    this.#flush()
    const old = this.#stream
    try {
      this.#stream = this.#open()
    } catch (error) {
      this.#tell(`the access log goes on in the old file: ${(error as Error).message}`)
      return
    }
    if (old !== this.#stream) old.end()
  }

  async close(): Promise<void> {
    this.#flush()
    const stream = this.#stream
    // Standard streams are the process's, and stay open.
    await new Promise<void>((resolve) => (stream === process.stdout || stream === process.stderr ? stream.write('', () => resolve()) : stream.end(() => resolve())))
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#length === 0) return
    // A file that failed is tried again with the next lines: its disk may have room by then.
    if (this.#stream.destroyed) this.#revive()
    if (this.#stream.destroyed || this.#stream.writableLength > MAX_WAITING_BYTES) this.#dropped += this.#lines.length
    else this.#pass()
    this.#lines = []
    this.#length = 0
  }

  #revive(): void {
    try {
      this.#stream = this.#open()
    } catch {
      // Told when it failed first; the lines that are lost meanwhile are counted.
    }
  }

  #pass(): void {
    if (this.#dropped > 0) this.#tell(`${this.#dropped} lines of the access log are lost`)
    this.#dropped = 0
    this.#stream.write(`${this.#lines.join('\n')}\n`)
  }
}
