// Leaves the descriptions of settings out of the built code: the reference page and the JSON Schema have them, and a bundle has no reader.
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'
import ts from 'typescript'

const DESCRIBES = new Set(['setting', 'described'])

/** An esbuild plugin. Only whole string literals in the place of the text go; everything else stays as it is written. */
export const withoutTexts: Plugin = {
  name: 'without-texts',
  setup(build) {
    build.onLoad({ filter: /src[\\/]config[\\/]schema([\\/][\w-]+)?\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const found: { start: number; end: number }[] = []
      const visit = (node: ts.Node): void => {
        if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && DESCRIBES.has(node.expression.text)) {
          const [, described] = node.arguments
          if (described && ts.isStringLiteralLike(described)) found.push({ start: described.getStart(), end: described.end })
        }
        ts.forEachChild(node, visit)
      }
      visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
      // From the end, so that the places in front of it stay true.
      const contents = found.sort((a, b) => b.start - a.start).reduce((rest, { start, end }) => `${rest.slice(0, start)}''${rest.slice(end)}`, text)
      return { contents, loader: 'ts' }
    })
  },
}
