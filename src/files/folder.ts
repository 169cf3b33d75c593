// What serves the files of a folder, as an interface with its obligations.

/** A folder whose files a route serves. */
export interface Folder {
  /**
   * Opens the file at a path of plain names, each behind a slash. `folder` where a folder is there; undefined where nothing is,
   * or what is there must not be served: it is no plain file, may not be read, lies outside of the root by its links, or is known
   * by another spelling of its name. Rejects for nothing but trouble of the machine. What was opened has to be closed.
   */
  open(path: string): Promise<OpenedFile | 'folder' | undefined>
}

/** A file as it was when it was opened. What is put in its place later is another file. */
export interface OpenedFile {
  /** Its path below the root as it lies there, links resolved. */
  readonly path: string
  readonly size: number
  /** When it was last written; 0 where that is not known. */
  readonly mtimeMs: number
  /** The opaque part of an entity tag, where there is a better one than time and size make (RFC 9110 §8.8.3). */
  readonly etag?: string | undefined
  /** All of it, where it is at hand. */
  readonly bytes?: Uint8Array | undefined
  /** At most so many bytes from the one at `first` on; none behind the end. */
  read(first: number, maxBytes: number): Promise<Uint8Array>
  /** Lets it go, after a read that is under way. Idempotent. */
  close(): void
}

/** Finds the folder that a configuration names, or says why there is none to serve; completes "… is not right: it". */
export type OpenFolder = (root: string) => Folder | { readonly fault: string }
