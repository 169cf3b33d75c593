// Lines on their way to a file or a standard stream: gathered for a moment, written together, never waited for.
import { createWriteStream, openSync, statSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { ConfigError } from '../../src/index.js'

/** Lines wait for so long, so that a busy gateway writes tens of times a second and not thousands. */
const GATHER_MS = 100
const GATHER_LENGTH = 64 * 1024

/** How often it is looked whether the file is still the one of its path. */
const LOOK_EVERY_MS = 1000

/** What may wait for a reader or a disk that does not keep up; lines beyond it are dropped, and their number told. */
const MAX_WAITING_BYTES = 16 * 1024 ** 2

/** An output of lines. */
export interface LogOutput {
  /** Lines that were dropped since the start. */
  readonly dropped: number
  write(line: string): void
  /** Opens the file of that path anew; without effect on a standard stream. By itself that happens within a second once the file was moved away, when there are lines. */
  reopen(): void
  /** Resolves once every line has been written or has failed. */
  close(): Promise<void>
}

/** The output that a setting of the configuration names, which tells on stderr of lines that are lost. Throws a `ConfigError` when it cannot be opened. */
export function openConfiguredLog(to: string, path: string): LogOutput {
  try {
    return openLogOutput(to, (message) => process.stderr.write(`fetchgate: ${message}\n`))
  } catch (error) {
    throw new ConfigError([{ path, value: to, message: `cannot be opened: ${(error as Error).message}` }])
  }
}

/** Opens `stdout`, `stderr` or a file, to which it adds. Throws what opening the file throws. `tell` hears of lines that are lost. */
export function openLogOutput(to: string, tell: (message: string) => void): LogOutput {
  const open = (): Writable => {
    if (to === 'stdout' || to === 'stderr') return process[to]
    const stream = createWriteStream(to, { flags: 'a', fd: openSync(to, 'a') })
    stream.on('error', (error) => tell(`the access log ${to} cannot be written: ${error.message}`))
    return stream
  }
  return new GatheredLines(open, tell, to === 'stdout' || to === 'stderr' ? () => '' : () => fileAt(to))
}

/** What tells one file from another in the same place. */
function fileAt(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found ? `${found.dev} ${found.ino}` : ''
}

class GatheredLines implements LogOutput {
  #stream: Writable
  #lines: string[] = []
  #length = 0
  #timer: NodeJS.Timeout | undefined
  #dropped = 0
  #untold = 0
  /** The file that is written to, and when it was last looked for. */
  #file: string
  #lookedMs = performance.now()

  readonly #open: () => Writable
  readonly #tell: (message: string) => void
  readonly #identify: () => string

  constructor(open: () => Writable, tell: (message: string) => void, identify: () => string) {
    this.#identify = identify
    this.#open = open
    this.#tell = tell
    this.#stream = open()
    this.#file = identify()
  }

  get dropped(): number {
    return this.#dropped
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
      this.#file = this.#identify()
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
    this.#look()
    // A file that failed is tried again with the next lines: its disk may have room by then.
    if (this.#stream.destroyed) this.#revive()
    if (this.#stream.destroyed || this.#stream.writableLength > MAX_WAITING_BYTES) this.#lose(this.#lines.length)
    else this.#pass()
    this.#lines = []
    this.#length = 0
  }

  /** Whoever rotates logs may move the file away and tell nobody. */
  #look(): void {
    const nowMs = performance.now()
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return
    this.#lookedMs = nowMs
    if (this.#identify() === this.#file || this.#stream.destroyed) return
    const old = this.#stream
    this.#revive()
    if (old !== this.#stream) old.end()
  }

  #lose(lines: number): void {
    this.#dropped += lines
    this.#untold += lines
  }

  #revive(): void {
    try {
      this.#stream = this.#open()
      this.#file = this.#identify()
    } catch {
      // Told when it failed first; the lines that are lost meanwhile are counted.
    }
  }

  #pass(): void {
    if (this.#untold > 0) this.#tell(`${this.#untold} lines of the access log are lost`)
    this.#untold = 0
    this.#stream.write(`${this.#lines.join('\n')}\n`)
  }
}
