// One process at a time orders: a file that its holder keeps touching, and that others take over when it no longer does.
import { randomBytes } from 'node:crypto'
import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { readText } from './storage.js'

const TOUCH_EVERY_MS = 2000
/** A holder that has not touched its lock for so long is no more. */
const STALE_MS = 15_000

/** Whether a lock may be taken over, by when it was last touched. One from the future is of a clock that was set back. */
export function isStale(touchedAtMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - touchedAtMs) > STALE_MS
}

/** Held from its making until it is let go. */
export class Lock {
  readonly #path: string
  readonly #mark: string
  readonly #touching: ReturnType<typeof setInterval>

  private constructor(path: string, mark: string) {
    this.#path = path
    this.#mark = mark
    this.#touching = setInterval(() => this.#touch(), TOUCH_EVERY_MS)
    this.#touching.unref()
  }

  /** Undefined while another process, or another part of this one, holds it. */
  static take(path: string, nowMs = Date.now()): Lock | undefined {
    const mark = `${process.pid} ${randomBytes(8).toString('hex')}`
    if (!writeNew(path, mark)) {
      if (!breakStale(path, nowMs) || !writeNew(path, mark)) return undefined
    }
    return new Lock(path, mark)
  }

  /** Whether it is still ours: a process that was stopped for a while may have lost it. */
  get isHeld(): boolean {
    return readText(this.#path) === this.#mark
  }

  release(): void {
    clearInterval(this.#touching)
    if (this.isHeld) rmSync(this.#path, { force: true })
  }

  #touch(): void {
    if (!this.isHeld) return
    const now = new Date()
    utimesSync(this.#path, now, now)
  }
}

function writeNew(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false
    throw error
  }
}

/** Removes a lock that nobody holds any more. Of several processes that see it one removes it, and none a lock that was made meanwhile. */
function breakStale(path: string, nowMs: number): boolean {
  if (!isStaleFile(path, nowMs)) return false
  const breaking = `${path}.breaking`
  if (isStaleFile(breaking, nowMs)) rmSync(breaking, { force: true })
  if (!writeNew(breaking, '')) return false
  try {
    if (!isStaleFile(path, nowMs)) return false
    rmSync(path, { force: true })
    return true
  } finally {
    rmSync(breaking, { force: true })
  }
}

function isStaleFile(path: string, nowMs: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && isStale(found.mtimeMs, nowMs)
}
