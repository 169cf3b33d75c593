import { rmSync } from 'node:fs'
import { defineConfig } from 'tsup'
import { selfContained } from './scripts/self-contained.js'
import { withoutTexts } from './scripts/without-texts.js'

const shared = {
  format: 'esm' as const,
  target: 'es2022',
  outDir: 'dist',
  splitting: true,
  treeshake: true,
}

// Once for both builds, which run at the same time.
rmSync('dist', { recursive: true, force: true })

export default defineConfig([
  {
    ...shared,
    name: 'library',
    dts: true,
    sourcemap: true,
    esbuildPlugins: [withoutTexts],
    external: [/^node:/, 'undici', 'jiti', 'jose', 'mmdb-lib', 'mrmime', 're2js', /^@noble\//, 'yaml', 'valibot', 'itty-router'],
    entry: {
      index: 'src/index.ts',
      core: 'src/core.ts',
      adapter: 'src/adapter.ts',
      cache: 'src/cache/index.ts',
      balance: 'src/balance/index.ts',
      filter: 'src/filter/index.ts',
      waf: 'src/waf/index.ts',
      observe: 'src/observe/index.ts',
      node: 'runtimes/node/index.ts',
      bun: 'runtimes/bun/index.ts',
      deno: 'runtimes/deno/index.ts',
      workers: 'runtimes/workers/index.ts',
    },
  },
  {
    ...shared,
    name: 'command line',
    esbuildPlugins: [selfContained, withoutTexts],
    external: [/^node:/, '@peculiar/x509', 'jiti', 'reflect-metadata', 'yaml'],
    noExternal: ['valibot', 'itty-router', /^jose\//, 'mmdb-lib', 'mrmime', 're2js', /^@noble\//, 'oauth4webapi', /^undici\//],
    entry: { cli: 'runtimes/cli/main.ts' },
  },
])
