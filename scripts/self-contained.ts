// Packs what the command line depends on into its own files: on Node one file is read in a fraction of the time of many. Their licences go with them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build as bundle, type Metafile, type Plugin } from 'esbuild'

const CLIENT = 'undici/lib/dispatcher/client.js'
const CLIENT_FILE = 'undici-client.cjs'

/**
 * An esbuild plugin. undici's client stays CommonJS, as which Node's loader has less to do with it, and is loaded where Node
 * is the runtime.
 */
export const selfContained: Plugin = {
  name: 'self-contained',
  setup(build) {
    const { outdir = 'dist' } = build.initialOptions
    build.initialOptions.metafile = true
    build.onResolve({ filter: new RegExp(`^${CLIENT}$`) }, () => ({ path: CLIENT_FILE, namespace: 'client' }))
    // An import of CommonJS would have Node look through the whole file for the names of its exports first.
    build.onLoad({ filter: /./, namespace: 'client' }, () => ({
      contents: `import { createRequire } from 'node:module'\nexport default createRequire(import.meta.url)('./${CLIENT_FILE}')`,
    }))
    build.onEnd(async ({ metafile }) => {
      const client = await bundle({ entryPoints: [`node_modules/${CLIENT}`], outfile: join(outdir, CLIENT_FILE), bundle: true, platform: 'node', format: 'cjs', target: 'node20', metafile: true, logLevel: 'error' })
      writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), licences([...packagesIn(metafile!), ...packagesIn(client.metafile)].sort()))
    })
  },
}

/** The folders of the packages that a bundle is made of. */
function packagesIn({ inputs }: Metafile): ReadonlySet<string> {
  return new Set(Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []))
}

function licences(folders: readonly string[]): string {
  return folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string; license: string }
    const file = ['LICENSE', 'LICENSE.md', 'license'].map((name) => join(folder, name)).find((path) => existsSync(path))
    if (file === undefined) throw new Error(`${name} has no licence file to ship`)
    return `${name} ${version} (${license}) is part of the command line, dist/cli.js.\n\n${readFileSync(file, 'utf8').trim()}\n`
  }).join(`\n${'-'.repeat(80)}\n\n`)
}
