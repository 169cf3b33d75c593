// What `files` writes: a folder as a module, for platforms that have no files.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { BundledFile } from '../../src/index.js'
import { rootFault } from '../shared/folder.js'

/** The folder cannot be written down. */
export class BundleError extends Error {}

/** The source of the module, and how many files are in it. Throws a {@link BundleError} for what is no folder to serve. */
export function folderModule(root: string): { readonly source: string; readonly count: number } {
  const fault = rootFault(root)
  if (fault !== undefined) throw new BundleError(`"${root}" ${fault}`)
  const files = pathsBelow(root).map((path) => [path, fileOf(readFileSync(root + path))] as const)
  const lines = files.map(([path, file]) => `    ${JSON.stringify(path)}: ${JSON.stringify(file)},\n`)
  return { source: `// Written by fetchgate files ${root}\nexport default {\n  root: ${JSON.stringify(root)},\n  files: {\n${lines.join('')}  },\n}\n`, count: files.length }
}

/** Plain files; nothing that is hidden but /.well-known, and nothing that a link would bring in from outside. */
function pathsBelow(root: string): string[] {
  const real = realpathSync.native(root) + sep
  const walk = (folder: string): string[] =>
    readdirSync(root + folder).sort().flatMap((name) => {
      const path = `${folder}/${name}`
      if (name.startsWith('.') && path !== '/.well-known') return []
      const target = realpathSync.native(join(root, path))
      if (!target.startsWith(real)) return []
      const stats = statSync(target)
      return stats.isDirectory() ? walk(path) : stats.isFile() ? [path] : []
    })
  return walk('')
}

function fileOf(bytes: Buffer): BundledFile {
  const etag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) ? { text, etag } : { base64: bytes.toString('base64'), etag }
}
