// The media type of a file, by the end of its name.
import { lookup } from 'mrmime'

/** The Content-Type. Text is taken to be UTF-8; what has no known type is bytes, which no browser shows or runs. */
export function contentType(path: string): string {
  const type = lookup(path.slice(path.lastIndexOf('/') + 1)) ?? 'application/octet-stream'
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}
