// What package.json promises is there, and is all there is.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { build } from 'esbuild'
import { ROOT, sourcesBelow } from './sources.js'

interface Manifest {
  engines: { node: string }
  exports: Record<string, string | { types: string; default: string }>
  bin: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
const code = [...sourcesBelow('src'), ...sourcesBelow('runtimes')]

describe('exports', () => {
  const entries = Object.entries(manifest.exports)

  test.each(entries)('%s is built', (_, target) => {
    const files = typeof target === 'string' ? [target] : [target.types, target.default]
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })

  test('the command line is built and says its version', () => {
    expect(readFileSync(join(ROOT, manifest.bin['fetchgate']!), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  test('every entry is told of in the documentation', () => {
    const documents = ['README.md', ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]
    const text = documents.map((name) => readFileSync(join(ROOT, name), 'utf8')).join('\n')
    const names = entries.map(([name]) => `fetchgate${name.slice(1)}`).filter((name) => name !== 'fetchgate/package.json')
    expect(names.filter((name) => !text.includes(name))).toEqual([])
  })

  test.each(entries.filter(([, target]) => typeof target !== 'string'))('importing %s does nothing', async (_, target) => {
    const before = { handles: handles(), globals: Object.keys(globalThis).length }
    await import(join(ROOT, (target as { default: string }).default))
    expect({ handles: handles(), globals: Object.keys(globalThis).length }).toEqual(before)
  })
})

describe('dependencies', () => {
  test('every dependency is imported, and every import is a dependency', () => {
    const imported = new Set(code.flatMap(({ imports }) => imports).filter((name) => !/^(src|runtimes)\/|^node:|^fetchgate$/.test(name)).map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]))
    expect([...imported].sort()).toEqual(Object.keys(manifest.dependencies).sort())
  })

  test('the lowest Node of the tests is the one that engines names', () => {
    expect(manifest.engines.node).toBe(`>=${manifest.devDependencies['node-lowest']!.replace('npm:node@', '')}`)
  })
})

describe('bundles', () => {
  test.each([['.', 'index'], ['./workers', 'workers'], ['./cache', 'cache'], ['./balance', 'balance'], ['./filter', 'filter'], ['./waf', 'waf']])('%s bundles for a fetch platform, with nothing of a server runtime', async (_, name) => {
    const bundle = await build({ entryPoints: [join(ROOT, `dist/${name}.js`)], bundle: true, write: false, metafile: true, format: 'esm', platform: 'neutral', mainFields: ['module', 'main'], logLevel: 'silent' })
    const inputs = Object.keys(bundle.metafile.inputs)
    expect(inputs.filter((path) => /node_modules\/(?!valibot|itty-router|jose|mrmime|oauth4webapi|re2js|@noble\/hashes)/.test(path))).toEqual([])
    expect(bundle.outputFiles[0]!.text).not.toMatch(/from ["']node:|require\(/)
  })
})

describe('the command line', () => {
  test('carries what it depends on but the readers of YAML and TypeScript and the maker of certificates, and their licences', async () => {
    const { metafile } = await build({ entryPoints: [join(ROOT, manifest.bin['fetchgate']!)], bundle: true, write: false, outdir: 'nowhere', metafile: true, format: 'esm', platform: 'node', packages: 'external', logLevel: 'silent' })
    const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports).filter(({ path, external }) => external && !isBuiltin(path)).map(({ path }) => path)
    expect([...new Set(left)].sort()).toEqual(['@peculiar/x509', 'jiti', 'reflect-metadata', 'yaml'])
    const licences = readFileSync(join(ROOT, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')
    expect([...licences.matchAll(/^(\S+) \S+ \(MIT\) is part of/gm)].map(([, name]) => name)).toEqual(['@noble/hashes', 'itty-router', 'jose', 'mmdb-lib', 'mrmime', 'oauth4webapi', 're2js', 'undici', 'valibot'])
  })
})

/** What keeps a process alive, as far as node tells. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((kind) => /TCP|Server|Signal/.test(kind)).length
}
