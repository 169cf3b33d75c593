// What a fetch platform has to load: createGateway with all its dependencies, bundled and minified. Exits 1 above the limit.
import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const MAX_GZIP_BYTES = 20_000

const { outputFiles } = await build({
  stdin: { contents: "export { createGateway } from './dist/index.js'", resolveDir: fileURLToPath(new URL('../', import.meta.url)) },
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

process.stdout.write(`createGateway with its dependencies: ${kilobytes(bytes.byteLength)} minified, ${kilobytes(gzipBytes)} with gzip (limit ${kilobytes(MAX_GZIP_BYTES)})\n`)
if (gzipBytes > MAX_GZIP_BYTES) process.exit(1)

function kilobytes(count) {
  return `${(count / 1000).toFixed(1)} kB`
}
