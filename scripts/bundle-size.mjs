// What a fetch platform has to load, with all dependencies, bundled and minified. Exits 1 when one is above its limit.
import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const BUNDLES = [
  { name: 'the minimal gateway', entry: './dist/core.js', names: 'openGateway', maxGzipBytes: 20_000 },
  { name: 'with the checks of its configuration', entry: './dist/index.js', names: 'createGateway', maxGzipBytes: 80_000 },
]

for (const { name, entry, names, maxGzipBytes } of BUNDLES) {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names} } from '${entry}'`, resolveDir: fileURLToPath(new URL('../', import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    conditions: ['browser', 'import'],
    logLevel: 'error',
  })
  const bytes = outputFiles[0].contents
  const gzipBytes = gzipSync(bytes, { level: 9 }).byteLength
  process.stdout.write(`${name} (${names}): ${kilobytes(bytes.byteLength)} minified, ${kilobytes(gzipBytes)} with gzip (limit ${kilobytes(maxGzipBytes)})\n`)
  if (gzipBytes > maxGzipBytes) process.exitCode = 1
}

function kilobytes(count) {
  return `${(count / 1000).toFixed(1)} kB`
}
