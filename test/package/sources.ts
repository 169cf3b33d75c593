// The repository's sources as text, for the tests that hold its structure.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface SourceFile {
  /** Path from the repository's root, with forward slashes. */
  readonly path: string
  readonly text: string
  /** What it imports or re-exports: paths from the root for its own files, package names for others. */
  readonly imports: readonly string[]
}

/** All TypeScript files below a folder. */
export function sourcesBelow(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8')
      return { path, text, imports: importsOf(path, text) }
    })
}

/** The code without comments and texts, so that words in them are not taken for code. */
export function codeOf({ text }: SourceFile): string {
  return text.replace(/\/\*[^]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '')
}

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/(?:\bfrom |\bimport |\bimport\()'([^']+)'/g)].map(([, target]) =>
    target!.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), target!)).replaceAll('\\', '/').replace(/\.js$/, '.ts') : target!,
  )
}
