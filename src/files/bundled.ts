// Folders that are part of the program, for platforms without files: a manifest in the place of a disk.
import type { Folder, OpenedFile, OpenFolder } from './folder.js'

/** A folder as `fetchgate files` writes it down. */
export interface BundledFolder {
  /** What the configuration calls it. */
  readonly root: string
  /** By paths below it, each with a slash in front. */
  readonly files: Readonly<Record<string, BundledFile>>
}

/** A file of it: its content, and a digest of that for its entity tag. */
export interface BundledFile {
  /** Content that is UTF-8. */
  readonly text?: string
  /** Any other, in Base64 (RFC 4648 §4). */
  readonly base64?: string
  readonly etag: string
}

/** The port `openFolder` over folders that were bundled with the program. Any other root is refused at start. */
export function bundledFiles(...folders: readonly BundledFolder[]): OpenFolder {
  return (root) => {
    const folder = folders.find((candidate) => candidate.root === root)
    return folder ? opened(folder) : { fault: `is none of the folders of the bundle, which has: ${folders.map((candidate) => `"${candidate.root}"`).join(', ')}` }
  }
}

function opened({ files }: BundledFolder): Folder {
  const found = new Map(Object.entries(files).map(([path, file]) => [path, new BundledContent(path, file)]))
  const folders = new Set([...found.keys()].flatMap((path) => path.split('/').map((_, i, names) => names.slice(0, i).join('/'))))
  return { open: (path) => Promise.resolve(found.get(path) ?? (folders.has(path) ? 'folder' : undefined)) }
}

/** Decoded when it is first asked for. */
class BundledContent implements OpenedFile {
  readonly path: string
  readonly etag: string
  readonly mtimeMs = 0
  readonly #file: BundledFile
  #bytes: Uint8Array | undefined

  constructor(path: string, file: BundledFile) {
    this.path = path
    this.etag = file.etag
    this.#file = file
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= contentOf(this.#file))
  }

  get size(): number {
    return this.bytes.byteLength
  }

  read(first: number, maxBytes: number): Promise<Uint8Array> {
    return Promise.resolve(this.bytes.subarray(first, first + maxBytes))
  }

  close(): void {}
}

function contentOf({ text, base64 = '' }: BundledFile): Uint8Array {
  return text === undefined ? Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)) : new TextEncoder().encode(text)
}
