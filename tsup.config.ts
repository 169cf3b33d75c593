import { defineConfig } from 'tsup'
import { withoutTexts } from './scripts/without-texts.js'

const shared = {
  format: 'esm' as const,
  target: 'es2022',
  outDir: 'dist',
  splitting: true,
  treeshake: true,
  sourcemap: true,
  esbuildPlugins: [withoutTexts],
  external: [/^node:/, 'undici', 'jiti', 'yaml', 'valibot', 'itty-router'],
}

export default defineConfig({
  ...shared,
  clean: true,
  dts: true,
  entry: {
    index: 'src/index.ts',
    core: 'src/core.ts',
    adapter: 'src/adapter.ts',
    cache: 'src/cache/index.ts',
    balance: 'src/balance/index.ts',
    filter: 'src/filter/index.ts',
    node: 'runtimes/node/index.ts',
    bun: 'runtimes/bun/index.ts',
    deno: 'runtimes/deno/index.ts',
    workers: 'runtimes/workers/index.ts',
    cli: 'runtimes/cli/main.ts',
  },
})
