// What a fetch platform has to load at start, with all dependencies, bundled and minified; what is loaded with its first use is told beside it.
// Exits 1 when one is above its limit.
import { relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const BUNDLES = [
  { name: 'the minimal gateway', entry: './dist/core.js', names: 'openGateway', maxGzipBytes: 20_000 },
  { name: 'with the checks of its configuration', entry: './dist/index.js', names: 'createGateway', maxGzipBytes: 114_000 },
]

for (const { name, entry, names, maxGzipBytes } of BUNDLES) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names} } from '${entry}'`, resolveDir: fileURLToPath(new URL('../', import.meta.url)) },
    bundle: true,
    splitting: true,
    outdir: 'out',
    metafile: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    conditions: ['browser', 'import'],
    logLevel: 'error',
  })
  const first = loadedAtStart(metafile.outputs)
  const bytes = outputFiles.map(({ path, contents }) => ({ atStart: first.has(relative(process.cwd(), path)), plain: contents.byteLength, gzip: gzipSync(contents, { level: 9 }).byteLength }))
  const sum = (atStart, form) => bytes.filter((file) => file.atStart === atStart).reduce((total, file) => total + file[form], 0)
  const gzipBytes = sum(true, 'gzip')
  const later = sum(false, 'gzip')
  process.stdout.write(`${name} (${names}): ${kilobytes(sum(true, 'plain'))} minified, ${kilobytes(gzipBytes)} with gzip (limit ${kilobytes(maxGzipBytes)})${later === 0 ? '' : `; ${kilobytes(later)} more with the first use of what needs it`}\n`)
  if (gzipBytes > maxGzipBytes) process.exitCode = 1
}

/** The outputs that the entry imports, and what they import, but for what is imported dynamically. */
function loadedAtStart(outputs) {
  const loaded = new Set()
  const load = (path) => {
    if (loaded.has(path)) return
    loaded.add(path)
    for (const { path: next, kind } of outputs[path].imports) if (kind === 'import-statement') load(next)
  }
  load(Object.keys(outputs).find((path) => outputs[path].entryPoint === '<stdin>'))
  return loaded
}

function kilobytes(count) {
  return `${(count / 1000).toFixed(1)} kB`
}
