// Folders of files on disk, on Node, Bun and Deno: nothing outside of a root is opened for anybody, whatever links and races there are.
import * as fs from 'node:fs'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { parse, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import type { Folder, OpenedFile } from '../../src/index.js'
import { S3Fifo } from '../../src/adapter.js'
import { isReadOtherwise } from './windows-names.js'

const open = promisify(fs.open)
const fstat = promisify(fs.fstat)
const read = promisify(fs.read)
const readlink = promisify(fs.readlink)
const realpath = promisify(fs.realpath.native)

const IS_WINDOWS = process.platform === 'win32'
const IS_LINUX = process.platform === 'linux'

/** A pipe in the place of a file must not hold a thread until somebody writes to it. */
const OPEN_FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)

/** Files up to this size are read whole when they are opened, and kept. */
const MAX_KEPT_FILE_BYTES = 64 * 1024
/** For all files of a folder that are kept. */
const MAX_KEPT_BYTES = 16 * 1024 ** 2
/** Of a file written just now, another version could have the same times. */
const SETTLED_MS = 2000

/** What means that there is nothing to serve. All else is trouble of the machine, such as too many open files. */
const NOTHING_THERE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EPERM', 'EINVAL', 'ENXIO', 'ERR_INVALID_ARG_VALUE'])

/** Implements the port `openFolder`. */
export function openFolder(root: string): Folder | { readonly fault: string } {
  const fault = rootFault(root)
  return fault === undefined ? new DiskFolder(resolve(root)) : { fault }
}

/** What is wrong with a root; completes "… is not right: it". */
export function rootFault(root: string): string | undefined {
  const path = resolve(root)
  let real: string
  try {
    if (!fs.statSync(path).isDirectory()) return 'is no folder'
    real = fs.realpathSync.native(path)
  } catch (error) {
    return `cannot be opened (${(error as NodeJS.ErrnoException).code ?? String(error)})`
  }
  if (real === parse(real).root) return 'is all of the disk; name the folder that is to be served'
  if (real === homedir() && PEOPLES.test(real)) return 'is the home of a user; name the folder below that is to be served'
  return undefined
}

/** Where people have their homes. Those of services, as /var/www, may well be served. */
const PEOPLES = /^(\/home\/|\/Users\/|\/root$|[A-Z]:\\Users\\)/i

/** A file that is kept, with what tells that it is still the same. */
interface Kept {
  readonly file: OpenedFile
  readonly stats: fs.Stats
}

class DiskFolder implements Folder {
  readonly #root: string
  /** Where the root was when it was last looked at; a link in it may be pointed elsewhere to put a new version in place. */
  #realRoot: string | undefined
  readonly #kept = new S3Fifo<Kept>(MAX_KEPT_BYTES)

  constructor(root: string) {
    this.#root = root
  }

  async open(path: string): Promise<OpenedFile | 'folder' | undefined> {
    if (IS_WINDOWS && isReadOtherwise(path)) return undefined
    try {
      const full = this.#root + path
      const stats = await stat(full)
      if (stats.isDirectory()) return 'folder'
      // Looked at first: to open a device can do something by itself.
      if (!stats.isFile()) return undefined
      const kept = this.#kept.get(path)
      return kept && isSame(kept.stats, stats) ? kept.file : await this.#openFile(path, full)
    } catch (error) {
      if (NOTHING_THERE.has((error as NodeJS.ErrnoException).code)) return undefined
      throw error
    }
  }

  /** What was opened is judged, not what was looked at before: in between, another may have come into its place. */
  async #openFile(path: string, full: string): Promise<OpenedFile | undefined> {
    const descriptor = await open(full, OPEN_FLAGS)
    let file: OpenedFile | undefined
    try {
      const stats = await fstat(descriptor)
      const below = stats.isFile() ? await this.#pathBelow(descriptor, full, stats) : undefined
      if (below === undefined || isOtherSpelling(below, path)) return undefined
      if (stats.size > MAX_KEPT_FILE_BYTES) return (file = new OpenFile(descriptor, below, stats))
      const small = new SmallFile(below, stats.mtimeMs, await readWhole(descriptor, stats.size))
      if (small.size === stats.size && Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > SETTLED_MS) this.#kept.set(path, { file: small, stats }, small.size + path.length)
      return small
    } finally {
      if (!file) fs.close(descriptor, ignore)
    }
  }

  /** The path below the root of what was opened; undefined where it lies outside. */
  async #pathBelow(descriptor: number, full: string, stats: fs.Stats): Promise<string | undefined> {
    const real = await realPathOf(descriptor, full, stats)
    if (real === undefined) return undefined
    if (this.#realRoot === undefined || !real.startsWith(this.#realRoot)) this.#realRoot = (await realpath(this.#root)) + sep
    return real.startsWith(this.#realRoot) ? real.slice(this.#realRoot.length - 1).replaceAll(sep, '/') : undefined
  }
}

/** Linux tells where an open file is. Elsewhere its path is resolved, and has to lead to the very same file. */
async function realPathOf(descriptor: number, full: string, stats: fs.Stats): Promise<string | undefined> {
  if (IS_LINUX) {
    try {
      return await readlink(`/proc/self/fd/${descriptor}`)
    } catch {
      // There is no /proc in some containers.
    }
  }
  const real = await realpath(full)
  const { dev, ino } = await promisify(fs.lstat)(real)
  return dev === stats.dev && ino === stats.ino ? real : undefined
}

/** Where large and small letters are the same, a rule for one spelling of a path must not be passed by another. */
function isOtherSpelling(below: string, path: string): boolean {
  return below !== path && below.toLowerCase() === path.toLowerCase()
}

function isSame(a: fs.Stats, b: fs.Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs
}

async function readWhole(descriptor: number, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = 0
  while (at < size) {
    const { bytesRead } = await read(descriptor, bytes, at, size - at, at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return bytes.subarray(0, at)
}

class SmallFile implements OpenedFile {
  readonly path: string
  readonly mtimeMs: number
  readonly bytes: Uint8Array

  constructor(path: string, mtimeMs: number, bytes: Uint8Array) {
    this.path = path
    this.mtimeMs = mtimeMs
    this.bytes = bytes
  }

  get size(): number {
    return this.bytes.byteLength
  }

  read(first: number, maxBytes: number): Promise<Uint8Array> {
    return Promise.resolve(this.bytes.subarray(first, first + maxBytes))
  }

  close(): void {}
}

class OpenFile implements OpenedFile {
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
  readonly #descriptor: number
  #reading = false
  #closed = false

  constructor(descriptor: number, path: string, { size, mtimeMs }: fs.Stats) {
    this.#descriptor = descriptor
    this.path = path
    this.size = size
    this.mtimeMs = mtimeMs
  }

  async read(first: number, maxBytes: number): Promise<Uint8Array> {
    if (this.#closed) throw new Error('the file is closed')
    this.#reading = true
    try {
      const bytes = Buffer.allocUnsafeSlow(maxBytes)
      const { bytesRead } = await read(this.#descriptor, bytes, 0, maxBytes, first)
      return bytes.subarray(0, bytesRead)
    } finally {
      this.#reading = false
      if (this.#closed) fs.close(this.#descriptor, ignore)
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    // While a read is under way, its descriptor must not become that of another file.
    if (!this.#reading) fs.close(this.#descriptor, ignore)
  }
}

function ignore(): void {}
